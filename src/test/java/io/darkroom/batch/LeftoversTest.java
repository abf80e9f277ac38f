package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
  private static final Shard SHARD = new Shard(2, 4);
  private static final String OURS = "0123abcd";

  @TempDir private Path folder;

  private void create(String name, int minutesAgo) throws IOException {
    Path file = Files.writeString(folder.resolve(name), "half");
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(60L * minutesAgo)));
  }

  private Set<String> left() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      Set<String> names = new TreeSet<>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }

  @Test
  void ofThisShardOnThisKernelTheLockProvesThatNobodyWrites() throws IOException {
    Leftovers leftovers = new Leftovers(SHARD, OURS);
    create(leftovers.prefix() + "1f.tmp", 0);
    create(".darkroom-1-of-4-" + OURS + "-1f.tmp", 0);
    create(".darkroom-2-of-4-ffff-1f.tmp", 0);
    create(".darkroom-1f.tmp", 0);
    leftovers.remove(Set.of(folder, folder.resolve("nowhere")));
    assertEquals(
        Set.of(
            ".darkroom-1-of-4-" + OURS + "-1f.tmp",
            ".darkroom-2-of-4-ffff-1f.tmp",
            ".darkroom-1f.tmp"),
        left());
  }

  @Test
  void ofAnotherMachineOnlyWhatIsOldCountsAsLeft() throws IOException {
    List<String> old =
        List.of(
            ".darkroom-2-of-4-ffff-1f.tmp",
            ".darkroom-1f.tmp",
            ".darkroom-01234567-89ab-cdef-0123-456789abcdef-batch.tmp");
    List<String> others =
        List.of(
            ".darkroom-1-of-4-ffff-1f.tmp",
            ".darkroom-2-of-4-ffff-1f.png",
            ".darkroom-mine.tmp",
            "darkroom-1f.tmp",
            "x.png");
    for (String name : old) {
      create(name, 90);
    }
    for (String name : others) {
      create(name, 90);
    }
    create(".darkroom-2-of-4-ffff-2f.tmp", 30);
    new Leftovers(SHARD, OURS).remove(Set.of(folder));
    Set<String> expected = new TreeSet<>(others);
    expected.add(".darkroom-2-of-4-ffff-2f.tmp");
    assertEquals(expected, left());
  }

  @Test
  void withoutAKernelsNameNothingIsCertainAtOnce() throws IOException {
    Leftovers nameless = new Leftovers(SHARD, "");
    create(nameless.prefix() + "1f.tmp", 0);
    create(nameless.prefix() + "2f.tmp", 90);
    nameless.remove(Set.of(folder));
    assertEquals(Set.of(nameless.prefix() + "1f.tmp"), left());
  }

  @Test
  void namesAreThoseThatAreKnownAgain() {
    assertTrue(
        Leftovers.of(Shard.WHOLE).prefix().matches("\\.darkroom-1-of-1-[0-9a-f]*-"),
        Leftovers.of(Shard.WHOLE).prefix());
    assertEquals(Leftovers.of(SHARD), Leftovers.of(SHARD));
  }
}
