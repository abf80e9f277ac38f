package io.darkroom.terminal;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Finds out which pictures a terminal can draw, by asking it: for kitty's graphics, for its name
 * (XTVERSION), and for its attributes, which every terminal answers and which end the wait.
 */
public final class TerminalProbe {
  /** Names the protocol, or {@code none}, where the terminal's own answer is not right. */
  public static final String VARIABLE = "DARKROOM_GRAPHICS";

  private static final String QUESTIONS =
      "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\" + "\033[>q" + "\033[c";

  private static final Pattern KITTY_YES = Pattern.compile("\033_Gi=31;OK\033\\\\");
  private static final Pattern NAME = Pattern.compile("\033P>\\|([^\033]*)\033\\\\");
  private static final Pattern ATTRIBUTES = Pattern.compile("\033\\[\\?([\\d;]*)c");

  /** Attribute 4: sixel graphics. */
  private static final Pattern SIXEL = Pattern.compile("(^|.*;)4(;.*|$)");

  private static final Pattern LIKE_ITERM2 = Pattern.compile("(?i)(iterm2?|wezterm|mintty)\\b.*");

  /** Wipes what a terminal shows of a question that it does not understand. */
  private static final String CLEAN_UP = "\r\033[K";

  /** Bounds the time with a terminal that sends something else without end. */
  private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private TerminalProbe() {}

  /**
   * Chooses a protocol.
   *
   * @param environment the process's environment
   * @param terminal the controlling terminal, {@code /dev/tty}
   * @return the best that the terminal can; half blocks where it does not say; empty if the
   *     environment forbids pictures
   * @throws IllegalArgumentException if {@value #VARIABLE} says something else
   */
  public static Optional<PictureProtocol> choose(Map<String, String> environment, Path terminal) {
    String wish = environment.getOrDefault(VARIABLE, "").toUpperCase(Locale.ROOT);
    for (PictureProtocol protocol : PictureProtocol.values()) {
      if (protocol.name().equals(wish)) {
        return Optional.of(protocol);
      }
    }
    if (!wish.isEmpty() && !wish.equals("NONE")) {
      throw new IllegalArgumentException(
          "%s is %s; use kitty, iterm2, sixel, blocks or none"
              .formatted(VARIABLE, environment.get(VARIABLE)));
    }
    if (wish.equals("NONE") || environment.getOrDefault("TERM", "dumb").equals("dumb")) {
      return Optional.empty();
    }
    return Optional.of(interpret(ask(terminal), environment));
  }

  /**
   * Reads a terminal's answers.
   *
   * @param answers all that came back
   * @param environment what the environment says of the terminal, for where nothing came back
   * @return the best protocol
   */
  static PictureProtocol interpret(String answers, Map<String, String> environment) {
    var attributes = ATTRIBUTES.matcher(answers);
    if (!attributes.find()) {
      return hint(environment);
    }
    if (KITTY_YES.matcher(answers).find()) {
      return PictureProtocol.KITTY;
    }
    var name = NAME.matcher(answers);
    if (name.find() && LIKE_ITERM2.matcher(name.group(1)).matches()) {
      return PictureProtocol.ITERM2;
    }
    return SIXEL.matcher(attributes.group(1)).matches()
        ? PictureProtocol.SIXEL
        : PictureProtocol.BLOCKS;
  }

  /** What the variables of a silent terminal tell: some terminals' own, by their documentation. */
  private static PictureProtocol hint(Map<String, String> environment) {
    String term = environment.getOrDefault("TERM", "");
    if (environment.containsKey("TMUX") || term.startsWith("screen") || term.startsWith("tmux")) {
      // The other variables tell of the terminal around the multiplexer, which lets nothing
      // through.
      return PictureProtocol.BLOCKS;
    }
    if (environment.containsKey("KITTY_WINDOW_ID") || term.equals("xterm-ghostty")) {
      return PictureProtocol.KITTY;
    }
    return LIKE_ITERM2.matcher(environment.getOrDefault("TERM_PROGRAM", "")).matches()
        ? PictureProtocol.ITERM2
        : PictureProtocol.BLOCKS;
  }

  /**
   * Asks, and gives the terminal back as it was, even if the process ends meanwhile; no answer
   * where there is no terminal, and where it belongs to others because this process is in the
   * background.
   */
  private static String ask(Path terminal) {
    try {
      Optional<String> before =
          Files.exists(terminal) && Foreground.isThisProcess()
              ? stty(terminal, "-g")
              : Optional.empty();
      if (before.isEmpty()) {
        return "";
      }
      String settings = before.get().strip();
      Thread hook = new Thread(() -> stty(terminal, settings), "terminal");
      Runtime.getRuntime().addShutdownHook(hook);
      try {
        // Neither echo nor lines; a read ends after three tenths of a second without an answer.
        stty(terminal, "-echo", "-icanon", "min", "0", "time", "3");
        return converse(terminal);
      } finally {
        stty(terminal, settings);
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    } catch (IOException | IllegalStateException e) {
      return ""; // no terminal after all, or the process is ending
    }
  }

  private static String converse(Path terminal) throws IOException {
    try (OutputStream out = new FileOutputStream(terminal.toFile());
        InputStream in = new FileInputStream(terminal.toFile())) {
      out.write((QUESTIONS + CLEAN_UP).getBytes(StandardCharsets.US_ASCII));
      out.flush();
      StringBuilder answers = new StringBuilder();
      long start = System.nanoTime();
      while (!ATTRIBUTES.matcher(answers).find() && System.nanoTime() - start < LIMIT_NANOS) {
        int read = in.read();
        if (read < 0) {
          break;
        }
        answers.append((char) read);
      }
      return answers.toString();
    }
  }

  private static Optional<String> stty(Path terminal, String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectInput(terminal.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      boolean ended = process.waitFor(2, TimeUnit.SECONDS);
      return ended && process.exitValue() == 0 ? Optional.of(said) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
