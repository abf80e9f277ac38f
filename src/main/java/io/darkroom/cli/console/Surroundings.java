package io.darkroom.cli.console;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a run of the program sees of the process that it is in, so that a test can be another.
 *
 * @param in standard input
 * @param out standard output, without a buffer
 * @param err standard error
 * @param terminalColumns the width of the terminal that standard error is; empty if it is none
 * @param terminalRows its height, likewise
 * @param environment the environment's variables
 * @param home the folder that Darkroom lives in, with the bundled {@code models}
 * @param folder what output paths are relative to
 * @param outputIsTerminal whether standard output is a terminal
 */
public record Surroundings(
    InputStream in,
    OutputStream out,
    PrintStream err,
    OptionalInt terminalColumns,
    OptionalInt terminalRows,
    Map<String, String> environment,
    Path home,
    Path folder,
    boolean outputIsTerminal) {
  /** Copies the environment. */
  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /**
   * The real process. The launcher tells in the system property {@code darkroom.home} where it is
   * and in {@code darkroom.columns} and {@code darkroom.rows} how large the terminal is, if there
   * is one, and in {@code darkroom.output.terminal} whether standard output is one.
   *
   * @return the surroundings
   */
  public static Surroundings ofProcess() {
    return new Surroundings(
        System.in,
        new FileOutputStream(FileDescriptor.out),
        System.err,
        size("darkroom.columns"),
        size("darkroom.rows"),
        System.getenv(),
        Path.of(System.getProperty("darkroom.home", ".")),
        Path.of(""),
        Boolean.getBoolean("darkroom.output.terminal"));
  }

  private static OptionalInt size(String property) {
    Integer size = Integer.getInteger(property);
    return size == null || size < 1 ? OptionalInt.empty() : OptionalInt.of(size);
  }
}
