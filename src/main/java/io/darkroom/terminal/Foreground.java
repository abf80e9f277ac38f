package io.darkroom.terminal;

import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a process is in the foreground of its terminal: in the background, who touches the
 * terminal's settings is stopped.
 */
final class Foreground {
  private static final Path STATUS = Path.of("/proc/self/stat");

  private Foreground() {}

  /**
   * Tells it of this process.
   *
   * @return whether it is, as far as the system says
   * @throws IOException if the system does not say
   */
  static boolean isThisProcess() throws IOException {
    if (Files.exists(STATUS)) {
      return isForeground(Files.readString(STATUS, StandardCharsets.ISO_8859_1));
    }
    Process process =
        new ProcessBuilder(
                "ps", "-o", "pgid=", "-o", "tpgid=", "-p", "" + ProcessHandle.current().pid())
            .redirectError(Redirect.DISCARD)
            .start();
    try (InputStream out = process.getInputStream()) {
      String[] groups =
          new String(out.readAllBytes(), StandardCharsets.US_ASCII).strip().split("\\s+", 0);
      return groups.length == 2 && groups[0].equals(groups[1]);
    }
  }

  /**
   * Reads Linux's file {@code stat} of a process (proc(5)).
   *
   * @param stat such as {@code 7 (a name) S 1 7 7 34816 7 ...}
   * @return whether its group is the terminal's
   */
  static boolean isForeground(String stat) {
    // The name may hold spaces and parentheses; what follows the last one is numbers.
    String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", 0);
    return fields.length > 5 && fields[2].equals(fields[5]);
  }
}
