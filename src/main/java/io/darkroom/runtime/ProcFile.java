package io.darkroom.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** One of the files in which Linux tells of memory, such as {@code /proc/meminfo}. */
public final class ProcFile {
  private ProcFile() {}

  /**
   * Reads a line such as {@code VmHWM: 1234 kB}.
   *
   * @param file the file
   * @param key what the line begins with
   * @return bytes; empty if there is no such line
   * @throws IOException if the file cannot be read
   * @throws NumberFormatException if the line tells no number
   */
  public static OptionalLong bytes(Path file, String key) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst();
    }
  }
}
