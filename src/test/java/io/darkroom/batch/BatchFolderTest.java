package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class BatchFolderTest {
  private static final int ROUNDS = 300;

  @TempDir private Path folder;

  @Test
  void oneOfTwoClaimsAtOnceHoldsThoughBothHaveOneProcessNumber() throws Exception {
    claimAtOnce(Files::createLink);
  }

  @Test
  void oneOfTwoClaimsAtOnceHoldsWhereThereAreNoLinks() throws Exception {
    claimAtOnce(
        (link, existing) -> {
          throw new FileSystemException(link.toString(), null, "Operation not permitted");
        });
  }

  @Test
  void aFileSystemThatKnowsNothingOfLinksWillDo() throws IOException {
    BatchFolder.Linking none =
        (link, existing) -> {
          throw new UnsupportedOperationException();
        };
    BatchFolder first = folder("p", 1);
    assertEquals(first, first.claim(folder, none));
    assertEquals(first, folder("p", 2).claim(folder, none));
    assertEquals(first, BatchFolder.read(folder).orElseThrow());
  }

  @Test
  void allThatItTellsComesBack() throws IOException {
    BatchFolder first =
        new BatchFolder("p", 1, 2, List.of("aa", "bb"), Optional.of("../größe/p.txt"));
    first.claim(folder);
    assertEquals(first, BatchFolder.read(folder).orElseThrow());
    first.replace(folder);
    assertEquals(first, BatchFolder.read(folder).orElseThrow());
  }

  private void claimAtOnce(BatchFolder.Linking linking) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    CyclicBarrier start = new CyclicBarrier(2);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Path one = Files.createDirectory(folder.resolve("batch-" + round));
        List<Callable<BatchFolder>> claims = new ArrayList<>();
        for (int seed : new int[] {100, 101}) {
          claims.add(
              () -> {
                start.await(30, TimeUnit.SECONDS);
                return folder("p", seed).claim(one, linking);
              });
        }
        Set<BatchFolder> held =
            threads.invokeAll(claims).stream()
                .map(BatchFolderTest::result)
                .collect(Collectors.toSet());
        assertEquals(Set.of(BatchFolder.read(one).orElseThrow()), held, "round " + round);
        try (Stream<Path> files = Files.list(one)) {
          assertEquals(List.of(one.resolve(BatchFolder.DESCRIPTION)), files.toList());
        }
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static BatchFolder folder(String source, long seed) {
    return new BatchFolder(source, seed, 1, List.of(), Optional.empty());
  }

  private static BatchFolder result(Future<BatchFolder> claim) {
    try {
      return claim.get();
    } catch (Exception e) {
      throw new AssertionError("a claim failed", e);
    }
  }

  @Test
  void aDescriptionThatIsJustBeingWrittenIsAwaited() throws Exception {
    Path file = Files.createFile(folder.resolve(BatchFolder.DESCRIPTION));
    byte[] bytes =
        "{\"source\":\"größe\",\"seed\":3,\"pictures\":1}\n".getBytes(StandardCharsets.UTF_8);
    // The second state ends inside a character.
    Iterator<Integer> lengths = List.of(14, 30, bytes.length).iterator();
    BatchFolder.Patience patience =
        () -> {
          write(file, Arrays.copyOf(bytes, lengths.next()));
          return true;
        };
    assertEquals(folder("größe", 3), BatchFolder.read(folder, patience).orElseThrow());
    assertFalse(lengths.hasNext());
  }

  @Test
  void whatNobodyFinishesIsNotAwaitedForEver() throws Exception {
    Files.createFile(folder.resolve(BatchFolder.DESCRIPTION));
    AtomicInteger times = new AtomicInteger();
    assertThrows(
        InvalidRequestException.class,
        () -> BatchFolder.read(folder, () -> times.incrementAndGet() < 4));
    assertEquals(4, times.get());
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whatIsNoDescriptionIsToldOf() throws IOException {
    for (String text :
        List.of(
            "",
            "{\"source\":",
            "[]\n",
            "{\"source\":\"p\",\"seed\":1,\"pictures\":1,\"requests\":3}\n",
            "{}\n",
            "nonsense\n")) {
      Files.writeString(folder.resolve(BatchFolder.DESCRIPTION), text);
      InvalidRequestException e =
          assertThrows(InvalidRequestException.class, () -> BatchFolder.read(folder, () -> false));
      assertEquals(1, e.getMessage().lines().count());
    }
  }
}
