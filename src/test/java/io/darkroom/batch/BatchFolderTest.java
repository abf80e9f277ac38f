package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.pipeline.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
    BatchFolder first = new BatchFolder("p", 1, 1, Set.of());
    assertEquals(first, first.claim(folder, none));
    assertEquals(first, new BatchFolder("p", 2, 1, Set.of()).claim(folder, none));
    assertEquals(first, BatchFolder.read(folder).orElseThrow());
  }

  @Test
  void theNamesOfOthersComeBack() throws IOException {
    BatchFolder first = new BatchFolder("p", 1, 1, Set.of("0001-a.png", "0002-größe.png"));
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
                return new BatchFolder("p", seed, 1, Set.of()).claim(one, linking);
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
    ExecutorService writer = Executors.newSingleThreadExecutor();
    try {
      Future<?> written =
          writer.submit(
              () -> {
                // The second state ends inside a character.
                for (int length : new int[] {0, 14, bytes.length}) {
                  Thread.sleep(50);
                  Files.write(file, java.util.Arrays.copyOf(bytes, length));
                }
                return null;
              });
      assertEquals(
          new BatchFolder("größe", 3, 1, Set.of()), BatchFolder.read(folder).orElseThrow());
      written.get();
    } finally {
      writer.shutdownNow();
    }
  }

  @Test
  void whatIsNoDescriptionIsToldOf() throws IOException {
    for (String text :
        List.of(
            "",
            "{\"source\":",
            "[]\n",
            "{\"source\":\"p\",\"seed\":1,\"pictures\":1,\"foreign\":3}\n",
            "{}\n",
            "nonsense\n")) {
      Files.writeString(folder.resolve(BatchFolder.DESCRIPTION), text);
      InvalidRequestException e =
          assertThrows(InvalidRequestException.class, () -> BatchFolder.read(folder));
      assertEquals(1, e.getMessage().lines().count());
    }
  }
}
