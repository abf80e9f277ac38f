package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreeMemoryTest {
  @TempDir private Path folder;

  @Test
  void theSmallerOfHostAndContainerCounts() throws IOException {
    Path memory = folder.resolve("meminfo");
    Path limit = folder.resolve("max");
    Path use = folder.resolve("current");
    Path content = folder.resolve("stat");
    assertEquals(OptionalLong.empty(), FreeMemory.host(memory, limit, use, content));
    Files.writeString(memory, "MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable:   50 kB\n");
    assertEquals(OptionalLong.of(51200), FreeMemory.host(memory, limit, use, content));
    Files.writeString(limit, "max\n");
    Files.writeString(use, "1000\n");
    assertEquals(OptionalLong.of(51200), FreeMemory.host(memory, limit, use, content));
    Files.writeString(limit, "3000\n");
    assertEquals(OptionalLong.of(2000), FreeMemory.host(memory, limit, use, content));
    // Files that were read are in the cache until somebody needs the memory.
    Files.writeString(content, "anon 300\ninactive_file 400\nactive_file 100\nshmem 7\n");
    assertEquals(OptionalLong.of(2500), FreeMemory.host(memory, limit, use, content));
    Files.delete(content);
    Files.writeString(use, "4000\n");
    assertEquals(OptionalLong.of(0), FreeMemory.host(memory, limit, use, content));
    Files.writeString(memory, "MemTotal: 100 kB\n");
    assertEquals(OptionalLong.empty(), FreeMemory.host(memory, limit, use, content));
  }

  @Test
  void swapSpaceIsPartOfAllAndTheContainersLimitCounts() throws IOException {
    Path memory = folder.resolve("meminfo");
    Path limit = folder.resolve("max");
    assertEquals(OptionalLong.empty(), FreeMemory.hostTotal(memory, limit));
    Files.writeString(memory, "MemFree: 1 kB\n");
    assertEquals(OptionalLong.empty(), FreeMemory.hostTotal(memory, limit));
    Files.writeString(memory, "MemTotal: 100 kB\nMemAvailable:   50 kB\nSwapTotal: 10 kB\n");
    assertEquals(OptionalLong.of(110 * 1024), FreeMemory.hostTotal(memory, limit));
    Files.writeString(limit, "max\n");
    assertEquals(OptionalLong.of(110 * 1024), FreeMemory.hostTotal(memory, limit));
    Files.writeString(limit, "3000\n");
    assertEquals(OptionalLong.of(3000 + 10 * 1024), FreeMemory.hostTotal(memory, limit));
  }
}
