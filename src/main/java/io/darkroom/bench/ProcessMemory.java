package io.darkroom.bench;

import io.darkroom.runtime.ProcFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** The memory of this process, as Linux tells it; elsewhere nothing is known. */
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");

  /** What proc(5) says to write to set the peak back to what is resident now. */
  private static final String PEAK = "5";

  private ProcessMemory() {}

  /** Lets the peak begin anew, where the kernel allows it; else it stays that of the process. */
  static void forgetPeak() {
    try {
      Files.writeString(CLEAR, PEAK);
    } catch (IOException e) {
      // The peak is then an upper bound.
    }
  }

  /** The most that was resident since {@link #forgetPeak}, in bytes. */
  static OptionalLong peak() {
    return read(STATUS, "VmHWM:");
  }

  /** What is resident now, in bytes. */
  static OptionalLong resident() {
    return read(STATUS, "VmRSS:");
  }

  /**
   * Reads a line such as {@code VmHWM: 1234 kB}.
   *
   * @param status the file
   * @param key what the line begins with
   * @return bytes; empty if there is no such file or line
   */
  static OptionalLong read(Path status, String key) {
    try {
      return ProcFile.bytes(status, key);
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
  }
}
