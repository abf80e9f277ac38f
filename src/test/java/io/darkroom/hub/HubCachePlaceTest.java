package io.darkroom.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a snapshot's files come to their places, beside other processes that do the same. */
class HubCachePlaceTest {
  private static final String COMMIT = "c".repeat(40);
  private static final int TIMES = 400;

  private final HubId id = HubId.parse("org/tiny").orElseThrow();
  @TempDir private Path root;

  private RemoteFile file(HubCache cache, String etag, String content) throws IOException {
    RemoteFile.Content known = new RemoteFile.Content(etag, content.length());
    Path blob = cache.blob(id, known);
    Files.createDirectories(blob.getParent());
    Files.writeString(blob, content);
    return new RemoteFile("unet/config.json", Optional.of(known));
  }

  /** While one content replaces the other, a reader finds one of them, whole. */
  @ParameterizedTest
  @EnumSource(HubCache.Way.class)
  void aFileIsNeverMissing(HubCache.Way way) throws Exception {
    HubCache cache = new HubCache(root, List.of(way));
    RemoteFile one = file(cache, "one", "first");
    RemoteFile two = file(cache, "two", "a second one");
    Path place = cache.snapshot(id, COMMIT).resolve("unet/config.json");
    cache.place(id, COMMIT, one);
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Integer> missing =
        CompletableFuture.supplyAsync(
            () -> {
              int count = 0;
              while (!done.get()) {
                count += Files.exists(place) ? 0 : 1;
              }
              return count;
            });
    for (int i = 0; i < TIMES; i++) {
      cache.place(id, COMMIT, i % 2 == 0 ? two : one);
    }
    done.set(true);
    assertEquals(0, missing.get());
    assertEquals("first", Files.readString(place));
    assertTrue(cache.has(id, COMMIT, one));
    assertFalse(cache.has(id, COMMIT, two));
    try (Stream<Path> left = Files.list(root)) {
      assertEquals(1, left.count(), "nothing unfinished stays");
    }
  }

  /** What is there already stays; what is not there is told. */
  @Test
  void placingTwiceIsPlacing() throws IOException {
    HubCache cache = new HubCache(root);
    RemoteFile one = file(cache, "one", "first");
    assertFalse(cache.has(id, COMMIT, one));
    cache.place(id, COMMIT, one);
    cache.place(id, COMMIT, one);
    assertTrue(cache.has(id, COMMIT, one));
  }
}
