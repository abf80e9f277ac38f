package io.darkroom.runtime;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** How much memory a device has to spare. */
final class FreeMemory {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path MEMBERSHIP = Path.of("/proc/self/cgroup");
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /** Looked for once: it is asked for several times a picture. */
  private static final class Groups {
    private static final List<MemoryGroup> OF_THIS_PROCESS = find();

    private static List<MemoryGroup> find() {
      try {
        return List.copyOf(MemoryGroup.of(MEMBERSHIP, MOUNTS));
      } catch (IOException e) {
        return List.of(); // the whole machine's memory counts
      }
    }
  }

  private FreeMemory() {}

  /**
   * Asks the driver or the operating system.
   *
   * @param device the device
   * @return bytes; empty where there is nobody to ask
   */
  static OptionalLong bytes(Device device) {
    if (device.isGpu()) {
      var usage = CudaUtils.getGpuMemory(device);
      return OptionalLong.of(usage.getMax() - usage.getCommitted());
    }
    try {
      return host(MEMORY, Groups.OF_THIS_PROCESS);
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // another operating system, or one that tells nothing
    }
  }

  /**
   * All that a device has.
   *
   * @param device the device
   * @return bytes; empty where there is nobody to ask
   */
  static OptionalLong totalBytes(Device device) {
    if (device.isGpu()) {
      return OptionalLong.of(CudaUtils.getGpuMemory(device).getMax());
    }
    try {
      return hostTotal(MEMORY, Groups.OF_THIS_PROCESS);
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // another operating system, or one that tells nothing
    }
  }

  /**
   * What Linux could give at most: memory and swap space, the limits of containers respected.
   *
   * @param memory {@code /proc/meminfo}
   * @param groups the control groups that this process is in
   * @return bytes; empty if the file is not there or does not say
   * @throws IOException if a file cannot be read
   */
  static OptionalLong hostTotal(Path memory, List<MemoryGroup> groups) throws IOException {
    if (!Files.exists(memory)) {
      return OptionalLong.empty();
    }
    OptionalLong installed = ProcFile.bytes(memory, "MemTotal:");
    if (installed.isEmpty()) {
      return installed;
    }
    long least = least(installed.getAsLong(), groups, MemoryGroup::limit);
    return OptionalLong.of(least + ProcFile.bytes(memory, "SwapTotal:").orElse(0));
  }

  /**
   * What Linux would give without swapping, the limits of containers respected.
   *
   * @param memory {@code /proc/meminfo}
   * @param groups the control groups that this process is in
   * @return bytes; empty if the file is not there or does not say
   * @throws IOException if a file cannot be read
   */
  static OptionalLong host(Path memory, List<MemoryGroup> groups) throws IOException {
    if (!Files.exists(memory)) {
      return OptionalLong.empty();
    }
    OptionalLong available = ProcFile.bytes(memory, "MemAvailable:");
    if (available.isEmpty()) {
      return available;
    }
    return OptionalLong.of(least(available.getAsLong(), groups, MemoryGroup::left));
  }

  /** What a control group tells of itself. */
  @FunctionalInterface
  private interface Reading {
    OptionalLong of(MemoryGroup group) throws IOException;
  }

  private static long least(long bytes, List<MemoryGroup> groups, Reading reading) {
    long least = bytes;
    for (MemoryGroup group : groups) {
      try {
        least = Math.min(least, reading.of(group).orElse(least));
      } catch (IOException | NumberFormatException e) {
        // gone meanwhile, or not to be read: what is left counts
      }
    }
    return least;
  }
}
