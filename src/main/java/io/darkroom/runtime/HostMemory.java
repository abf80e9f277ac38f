package io.darkroom.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * This machine's memory, in bytes.
 *
 * @param installed what the machine has
 * @param swap its swap space
 * @param available what this process may take now, the limit of its control groups respected
 * @param groupLimit the lowest limit of its control groups; empty if that is not below what the
 *     machine has
 */
public record HostMemory(
    OptionalLong installed, OptionalLong swap, OptionalLong available, OptionalLong groupLimit) {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path MEMBERSHIP = Path.of("/proc/self/cgroup");
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /**
   * Looks at this machine.
   *
   * @return what Linux tells; nothing on another system
   * @throws IOException if a file cannot be read
   */
  public static HostMemory read() throws IOException {
    return read(MEMORY, MemoryGroup.of(MEMBERSHIP, MOUNTS));
  }

  /** What a text in the form of {@code /proc/meminfo} and some groups tell. */
  static HostMemory read(Path memory, List<MemoryGroup> groups) throws IOException {
    if (!Files.exists(memory)) {
      OptionalLong none = OptionalLong.empty();
      return new HostMemory(none, none, none, none);
    }
    OptionalLong installed = ProcFile.bytes(memory, "MemTotal:");
    OptionalLong limit = OptionalLong.empty();
    for (MemoryGroup group : groups) {
      OptionalLong own = group.limit();
      if (own.isPresent() && own.getAsLong() < limit.orElse(installed.orElse(Long.MAX_VALUE))) {
        limit = own;
      }
    }
    return new HostMemory(
        installed, ProcFile.bytes(memory, "SwapTotal:"), FreeMemory.host(memory, groups), limit);
  }
}
