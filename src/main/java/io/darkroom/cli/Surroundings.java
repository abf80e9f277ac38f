package io.darkroom.cli;

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
 * @param environment the environment's variables
 * @param home the folder that Darkroom lives in, with the bundled {@code models}
 * @param folder what output paths are relative to
 */
public record Surroundings(
    InputStream in,
    OutputStream out,
    PrintStream err,
    OptionalInt terminalColumns,
    Map<String, String> environment,
    Path home,
    Path folder) {
  /** Copies the environment. */
  public Surroundings {
    environment = Map.copyOf(environment);
  }

  /**
   * The real process. The launcher tells in the system property {@code darkroom.home} where it is
   * and in {@code darkroom.columns} how wide the terminal is, if there is one.
   *
   * @return the surroundings
   */
  public static Surroundings ofProcess() {
    Integer columns = Integer.getInteger("darkroom.columns");
    return new Surroundings(
        System.in,
        new FileOutputStream(FileDescriptor.out),
        System.err,
        columns == null || columns < 1 ? OptionalInt.empty() : OptionalInt.of(columns),
        System.getenv(),
        Path.of(System.getProperty("darkroom.home", ".")),
        Path.of(""));
  }
}
