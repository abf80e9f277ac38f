package io.darkroom.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.CoreConstants;
import ch.qos.logback.core.LayoutBase;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.darkroom.base.Printable;
import org.slf4j.LoggerFactory;

/**
 * The libraries' log: on standard error, and silent unless the user asks for it. What a user must
 * know arrives as an exception or as a message, never as a log line.
 *
 * <p>Logback finds this class through {@link java.util.ServiceLoader}, which spares it the search
 * for an XML file and the XML parser.
 */
public final class LogConfiguration extends ContextAwareBase implements Configurator {
  /** Creates the configuration, for Logback. */
  public LogConfiguration() {}

  @Override
  public ExecutionStatus configure(LoggerContext loggers) {
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(loggers);
    encoder.setLayout(new Line());
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(loggers);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = loggers.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.OFF);
    root.addAppender(appender);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Lets the log be seen from here on. */
  public static void show() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.DEBUG);
  }

  /** {@code 12:34 DEBUG PtEngine: text}, with the milliseconds since the start. */
  private static final class Line extends LayoutBase<ILoggingEvent> {
    Line() {
      start();
    }

    @Override
    public String doLayout(ILoggingEvent event) {
      String logger = event.getLoggerName();
      return String.format(
              "%6d ms %-5s %s: %s",
              event.getTimeStamp() - event.getLoggerContextVO().getBirthTime(),
              event.getLevel(),
              logger.substring(logger.lastIndexOf('.') + 1),
              Printable.lines(event.getFormattedMessage()))
          + CoreConstants.LINE_SEPARATOR;
    }
  }
}
