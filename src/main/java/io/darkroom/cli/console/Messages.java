package io.darkroom.cli.console;

import io.darkroom.base.Printable;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * All that is said to a person, on standard error: notes, warnings, errors, and one line at the
 * bottom that shows how the work goes on where that is a terminal.
 */
public final class Messages {
  /** How much is said. */
  public enum Level {
    /** Errors alone. */
    QUIET,
    /** Notes, warnings, errors, progress. */
    NORMAL,
    /** How things are done, log lines of the libraries and stack traces, too. */
    VERBOSE
  }

  private static final String PREFIX = "darkroom: ";
  private static final String ERASE_LINE = "\r\u001b[K";

  private final PrintStream err;
  private final OptionalInt columns;
  private Level level = Level.NORMAL;
  private boolean statusShown;
  private boolean ended;

  /**
   * Creates the messages of one run.
   *
   * @param err standard error
   * @param columns the width of the terminal that standard error is; empty if it is none
   */
  public Messages(PrintStream err, OptionalInt columns) {
    this.err = err;
    this.columns = columns;
  }

  /**
   * Says more or less from here on.
   *
   * @param level what is said
   */
  public synchronized void setLevel(Level level) {
    this.level = level;
  }

  /** {@return whether the libraries' log and stack traces are wanted, too} */
  public synchronized boolean isVerbose() {
    return level == Level.VERBOSE;
  }

  /**
   * Says something worth knowing.
   *
   * @param message a sentence without its full stop
   */
  public synchronized void note(String message) {
    if (level != Level.QUIET) {
      print(message);
    }
  }

  /**
   * Says how something is done, to those who want to know all.
   *
   * @param message a sentence without its full stop
   */
  public synchronized void detail(String message) {
    if (level == Level.VERBOSE) {
      print(message);
    }
  }

  /**
   * Says that something may not be as the user expects.
   *
   * @param message a sentence without its full stop
   */
  public synchronized void warn(String message) {
    note("warning: " + message);
  }

  /**
   * Says what is wrong with a part of the input, however quiet the program is to be.
   *
   * @param message what is wrong, and where
   */
  public synchronized void complain(String message) {
    print(message);
  }

  /**
   * Says what ended the work.
   *
   * @param failure its message is said; its trace only to those who want to know all
   */
  public synchronized void fail(Throwable failure) {
    print(FailureMessage.of(failure));
    if (level == Level.VERBOSE && !ended) {
      StringWriter trace = new StringWriter();
      failure.printStackTrace(new PrintWriter(trace));
      err.print(Printable.lines(trace.toString().replace("\t", "    ")));
    }
  }

  /** Says a last thing; whatever else the dying program would say is swallowed. */
  synchronized void end(String message) {
    print(message);
    ended = true;
  }

  /** The columns that a status line may fill; empty if none is shown. */
  synchronized OptionalInt statusColumns() {
    return level == Level.QUIET || columns.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(columns.getAsInt() - 1);
  }

  /**
   * Shows how the work goes on in a line that the next one replaces; on a terminal alone.
   *
   * @param line no longer than the terminal is wide, or it is cut
   */
  public synchronized void status(String line) {
    if (statusColumns().isPresent() && !ended) {
      String safe = Printable.line(line);
      err.print(
          ERASE_LINE + safe.substring(0, Math.min(safe.length(), statusColumns().getAsInt())));
      err.flush();
      statusShown = true;
    }
  }

  /** Takes the status line away. */
  public synchronized void clearStatus() {
    if (statusShown) {
      err.print(ERASE_LINE);
      err.flush();
      statusShown = false;
    }
  }

  /** Draws a picture above the status line; on a terminal alone. */
  synchronized void draw(String sequence) {
    if (statusColumns().isPresent() && !ended) {
      clearStatus();
      // The blocks of a picture are UTF-8, whatever the messages are in.
      err.writeBytes(sequence.getBytes(StandardCharsets.UTF_8));
      err.flush();
    }
  }

  private void print(String message) {
    if (!ended) {
      clearStatus();
      // A message of a library may have several lines.
      err.println(PREFIX + Printable.line(message.replaceAll("\\s*[\r\n\t][\\s]*", " ").strip()));
      err.flush();
    }
  }
}
