package io.darkroom.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A control group that bounds a process's memory, as containers, systemd and clusters make them.
 *
 * @param folder its files
 * @param version which of the two interfaces it has
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v2.html">the kernel's documentation of
 *     version 2</a>
 * @see <a href="https://docs.kernel.org/admin-guide/cgroup-v1/memory.html">and of version 1</a>
 */
record MemoryGroup(Path folder, Version version) {
  /** The interfaces, by the names of their files. */
  enum Version {
    /** All controllers in one tree; its type of file system is {@code cgroup2}. */
    TWO("memory.max", "memory.current", ""),
    /** A tree for each controller; it counts what is below a group in lines of their own. */
    ONE("memory.limit_in_bytes", "memory.usage_in_bytes", "total_");

    private final String limit;
    private final String use;
    private final String prefix;

    Version(String limit, String use, String prefix) {
      this.limit = limit;
      this.use = use;
      this.prefix = prefix;
    }
  }

  /**
   * Where a tree of groups is to be seen.
   *
   * @param root the group whose files the mount point shows
   * @param point the mount point
   */
  private record Mount(String root, Path point) {
    /** A line of {@code mountinfo}, if it is of this type and has this option; see proc(5). */
    static Optional<Mount> of(String line, String type, String option) {
      int end = line.indexOf(" - ");
      String[] before = line.split(" ", 0);
      String[] after = line.substring(end + 1).split(" ", 0);
      boolean fits =
          end > 0
              && before.length > 4
              && after.length > 3
              && after[1].equals(type)
              && (option.isEmpty() || Arrays.asList(after[3].split(",")).contains(option));
      return fits ? Optional.of(new Mount(before[3], Path.of(before[4]))) : Optional.empty();
    }

    /** The group's folder; the mount point itself where a container hides what is above it. */
    Path folder(String group) {
      if (group.contains("..") || !group.startsWith(root)) {
        return point;
      }
      return point.resolve(group.substring(root.length()).replaceFirst("^/+", ""));
    }
  }

  /**
   * The groups that a process is in, of either version.
   *
   * @param membership {@code /proc/self/cgroup}
   * @param mounts {@code /proc/self/mountinfo}
   * @return its own and those above it, as far as they are to be seen; those without a file for the
   *     limit left out
   * @throws IOException if a file cannot be read
   */
  static List<MemoryGroup> of(Path membership, Path mounts) throws IOException {
    List<MemoryGroup> groups = new ArrayList<>();
    if (!Files.exists(membership) || !Files.exists(mounts)) {
      return groups;
    }
    List<String> mounted = Files.readAllLines(mounts);
    for (String line : Files.readAllLines(membership)) {
      String[] parts = line.split(":", 3); // number, controllers, group
      if (parts.length == 3 && parts[1].isEmpty()) {
        groups.addAll(upwards(parts[2], mounted, "cgroup2", "", Version.TWO));
      } else if (parts.length == 3 && Arrays.asList(parts[1].split(",")).contains("memory")) {
        groups.addAll(upwards(parts[2], mounted, "cgroup", "memory", Version.ONE));
      }
    }
    return groups;
  }

  private static List<MemoryGroup> upwards(
      String group, List<String> mounts, String type, String option, Version version) {
    Optional<Mount> mount =
        mounts.stream().flatMap(line -> Mount.of(line, type, option).stream()).findFirst();
    if (mount.isEmpty()) {
      return List.of();
    }
    Path top = mount.get().point();
    return Stream.iterate(
            mount.get().folder(group), folder -> folder.startsWith(top), Path::getParent)
        .map(folder -> new MemoryGroup(folder, version))
        .filter(known -> Files.exists(known.folder.resolve(version.limit)))
        .toList();
  }

  /**
   * What its processes may take together.
   *
   * @return bytes, in version 1 a very large number where there is no limit; empty where there is
   *     none in version 2
   * @throws IOException if the file cannot be read
   * @throws NumberFormatException if it tells no number
   */
  OptionalLong limit() throws IOException {
    String limit = Files.readString(folder.resolve(version.limit)).strip();
    return limit.equals("max") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(limit));
  }

  /**
   * What they may still take: files in the cache count as used, but are given up.
   *
   * @return bytes, 0 or more; empty where there is no limit
   * @throws IOException if a file cannot be read
   * @throws NumberFormatException if one tells no number
   */
  OptionalLong left() throws IOException {
    OptionalLong limit = limit();
    Path use = folder.resolve(version.use);
    if (limit.isEmpty() || !Files.exists(use)) {
      return OptionalLong.empty();
    }
    long used = Long.parseLong(Files.readString(use).strip()) - cachedFiles();
    return OptionalLong.of(Math.max(0, limit.getAsLong() - Math.max(0, used)));
  }

  private long cachedFiles() throws IOException {
    Path content = folder.resolve("memory.stat");
    if (!Files.exists(content)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(content)) {
      return lines
          .filter(
              line ->
                  line.startsWith(version.prefix + "active_file ")
                      || line.startsWith(version.prefix + "inactive_file "))
          .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
          .sum();
    }
  }
}
