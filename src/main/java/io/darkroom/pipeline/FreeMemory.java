package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** How much memory a device has to spare. */
final class FreeMemory {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path GROUP_LIMIT = Path.of("/sys/fs/cgroup/memory.max");
  private static final Path GROUP_USE = Path.of("/sys/fs/cgroup/memory.current");
  private static final Path GROUP_CONTENT = Path.of("/sys/fs/cgroup/memory.stat");

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
      return host(MEMORY, GROUP_LIMIT, GROUP_USE, GROUP_CONTENT);
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
      return hostTotal(MEMORY, GROUP_LIMIT);
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // another operating system, or one that tells nothing
    }
  }

  /**
   * What Linux could give at most: memory and swap space, the container's limit respected.
   *
   * @param memory {@code /proc/meminfo}
   * @param groupLimit the control group's {@code memory.max}, where there is one
   * @return bytes; empty if the file is not there or does not say
   * @throws IOException if a file cannot be read
   */
  static OptionalLong hostTotal(Path memory, Path groupLimit) throws IOException {
    if (!Files.exists(memory)) {
      return OptionalLong.empty();
    }
    OptionalLong installed = ProcFile.bytes(memory, "MemTotal:");
    if (installed.isEmpty()) {
      return installed;
    }
    long swap = ProcFile.bytes(memory, "SwapTotal:").orElse(0);
    long all = installed.getAsLong() + swap;
    String limit = Files.exists(groupLimit) ? Files.readString(groupLimit).strip() : "max";
    return OptionalLong.of(limit.equals("max") ? all : Math.min(all, Long.parseLong(limit) + swap));
  }

  private static long cachedFiles(Path groupContent) throws IOException {
    if (!Files.exists(groupContent)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(groupContent)) {
      return lines
          .filter(line -> line.matches("(in)?active_file \\d+"))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
          .sum();
    }
  }

  /**
   * What Linux would give without swapping, the container's limit respected.
   *
   * @param memory {@code /proc/meminfo}
   * @param groupLimit the control group's {@code memory.max}, where there is one
   * @param groupUse its {@code memory.current}
   * @param groupContent its {@code memory.stat}: files in the cache count as used, but are given up
   * @return bytes; empty if the file is not there or does not say
   * @throws IOException if a file cannot be read
   */
  static OptionalLong host(Path memory, Path groupLimit, Path groupUse, Path groupContent)
      throws IOException {
    if (!Files.exists(memory)) {
      return OptionalLong.empty();
    }
    OptionalLong available = ProcFile.bytes(memory, "MemAvailable:");
    if (available.isEmpty() || !Files.exists(groupLimit) || !Files.exists(groupUse)) {
      return available;
    }
    String limit = Files.readString(groupLimit).strip();
    if (limit.equals("max")) {
      return available;
    }
    long used = Long.parseLong(Files.readString(groupUse).strip()) - cachedFiles(groupContent);
    long left = Long.parseLong(limit) - Math.max(0, used);
    return OptionalLong.of(Math.max(0, Math.min(available.getAsLong(), left)));
  }
}
