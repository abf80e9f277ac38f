package io.darkroom.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {
  @TempDir private Path folder;

  @Test
  void theSmallerOfHostAndContainerCounts() throws IOException {
    Path memory = folder.resolve("meminfo");
    List<MemoryGroup> groups = List.of(new MemoryGroup(folder, MemoryGroup.Version.TWO));
    assertEquals(OptionalLong.empty(), FreeMemory.host(memory, groups));
    Files.writeString(memory, "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable:   50 kB\n");
    write("memory.max", "max\n");
    write("memory.current", "1000\n");
    assertEquals(OptionalLong.of(51200), FreeMemory.host(memory, groups));
    write("memory.max", "3000\n");
    assertEquals(OptionalLong.of(2000), FreeMemory.host(memory, groups));
    // Files that were read are in the cache until somebody needs the memory.
    write("memory.stat", "anon 300\ninactive_file 400\nactive_file 100\nshmem 7\n");
    assertEquals(OptionalLong.of(2500), FreeMemory.host(memory, groups));
    Files.delete(folder.resolve("memory.stat"));
    write("memory.current", "4000\n");
    assertEquals(OptionalLong.of(0), FreeMemory.host(memory, groups));
    assertEquals(OptionalLong.of(51200), FreeMemory.host(memory, List.of()));
    Files.writeString(memory, "MemTotal: 100 kB\n");
    assertEquals(OptionalLong.empty(), FreeMemory.host(memory, groups));
  }

  @Test
  void theOlderInterfaceSaysItInOtherWords() throws IOException {
    Path memory = folder.resolve("meminfo");
    Files.writeString(memory, "MemTotal: 100 kB\nMemAvailable:   50 kB\n");
    List<MemoryGroup> groups = List.of(new MemoryGroup(folder, MemoryGroup.Version.ONE));
    write("memory.limit_in_bytes", "9223372036854771712\n"); // as it says that there is none
    write("memory.usage_in_bytes", "1000\n");
    assertEquals(OptionalLong.of(51200), FreeMemory.host(memory, groups));
    assertEquals(OptionalLong.of(102400), FreeMemory.hostTotal(memory, groups));
    write("memory.limit_in_bytes", "3000\n");
    write("memory.stat", "inactive_file 1\ntotal_inactive_file 400\ntotal_active_file 100\n");
    assertEquals(OptionalLong.of(2500), FreeMemory.host(memory, groups));
    assertEquals(OptionalLong.of(3000), FreeMemory.hostTotal(memory, groups));
  }

  @Test
  void swapSpaceIsPartOfAllAndTheContainersLimitCounts() throws IOException {
    Path memory = folder.resolve("meminfo");
    List<MemoryGroup> groups = List.of(new MemoryGroup(folder, MemoryGroup.Version.TWO));
    assertEquals(OptionalLong.empty(), FreeMemory.hostTotal(memory, groups));
    Files.writeString(memory, "MemFree: 1 kB\n");
    assertEquals(OptionalLong.empty(), FreeMemory.hostTotal(memory, groups));
    Files.writeString(memory, "MemTotal: 100 kB\nMemAvailable:   50 kB\nSwapTotal: 10 kB\n");
    assertEquals(OptionalLong.of(110 * 1024), FreeMemory.hostTotal(memory, List.of()));
    write("memory.max", "max\n");
    assertEquals(OptionalLong.of(110 * 1024), FreeMemory.hostTotal(memory, groups));
    write("memory.max", "3000\n");
    assertEquals(OptionalLong.of(3000 + 10 * 1024), FreeMemory.hostTotal(memory, groups));
  }

  /** A limit binds all below it. */
  @Test
  void theGroupAndThoseAboveItAreFound() throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Path job = Files.createDirectories(tree.resolve("slurm/job_7"));
    write("tree/slurm/memory.max", "1");
    write("tree/slurm/job_7/memory.max", "1"); // the topmost has no such file
    List<MemoryGroup> groups =
        groups("0::/slurm/job_7\n", "30 20 0:28 / %s rw,relatime shared:4 - cgroup2 cgroup2 rw\n");
    assertEquals(
        List.of(
            new MemoryGroup(job, MemoryGroup.Version.TWO),
            new MemoryGroup(job.getParent(), MemoryGroup.Version.TWO)),
        groups);
  }

  @Test
  void amongTheOlderTreesItIsTheOneOfMemory() throws IOException {
    Files.createDirectories(folder.resolve("tree/box"));
    write("tree/memory.limit_in_bytes", "1");
    write("tree/box/memory.limit_in_bytes", "1");
    String mounts =
        "31 20 0:27 / /elsewhere rw - cgroup cgroup rw,cpu\n32 20 0:28 / %s rw - cgroup cgroup rw,memory\n";
    assertEquals(
        List.of(
            new MemoryGroup(folder.resolve("tree/box"), MemoryGroup.Version.ONE),
            new MemoryGroup(folder.resolve("tree"), MemoryGroup.Version.ONE)),
        groups("5:cpu,cpuacct:/cpu\n4:memory:/box\n0::/\n", mounts));
    assertEquals(List.of(), groups("4:memory:/box\n", "malformed\n"));
    assertEquals(List.of(), groups("4:cpu:/box\n", mounts));
  }

  /** A container sees its own group as the topmost, whatever the host calls it. */
  @Test
  void aContainersOwnGroupIsWhereItIsMounted() throws IOException {
    Files.createDirectories(folder.resolve("tree"));
    write("tree/memory.limit_in_bytes", "1");
    List<MemoryGroup> own =
        List.of(new MemoryGroup(folder.resolve("tree"), MemoryGroup.Version.ONE));
    String bound = "32 20 0:28 /docker/4f %s ro - cgroup cgroup rw,memory\n";
    assertEquals(own, groups("4:memory:/docker/4f\n", bound));
    assertEquals(own, groups("4:memory:/other\n", bound));
    assertEquals(own, groups("4:memory:/../..\n", bound.replace("/docker/4f", "/")));
  }

  @Test
  void elsewhereThereAreNone() throws IOException {
    assertEquals(List.of(), MemoryGroup.of(folder.resolve("none"), folder.resolve("none")));
  }

  private List<MemoryGroup> groups(String membership, String mounts) throws IOException {
    write("cgroup", membership);
    write("mountinfo", mounts.formatted(folder.resolve("tree")));
    return MemoryGroup.of(folder.resolve("cgroup"), folder.resolve("mountinfo"));
  }

  private void write(String file, String content) throws IOException {
    Files.writeString(folder.resolve(file), content);
  }
}
