package io.darkroom.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnfinishedFilesTest {
  @TempDir private Path folder;
  private final UnfinishedFiles unfinished = new UnfinishedFiles();

  @Test
  void aFinishedFileHasItsNameAndNoOther() throws IOException {
    Path file = unfinished.create(folder);
    unfinished.add(file, folder.resolve("a"));
    unfinished.discard(file);
    unfinished.replace(unfinished.create(folder), folder.resolve("a"));
    assertEquals(List.of("a"), names());
  }

  @Test
  void aTakenNameIsRefusedAndTheFileCanHaveAnother() throws IOException {
    Path taken = Files.writeString(folder.resolve("a"), "mine");
    Path file = unfinished.create(folder);
    assertThrows(FileAlreadyExistsException.class, () -> unfinished.add(file, taken));
    unfinished.add(file, folder.resolve("b"));
    assertEquals("mine", Files.readString(taken));
    assertEquals(List.of("a", "b"), names());
  }

  @Test
  void abandonedFilesAreGoneAndNoneCanFollow() throws IOException {
    Path finished = unfinished.create(folder);
    unfinished.add(finished, folder.resolve("a"));
    Path first = unfinished.create(folder);
    unfinished.create(folder);
    unfinished.abandon();
    assertEquals(List.of("a"), names());
    assertThrows(IOException.class, () -> unfinished.replace(first, folder.resolve("b")));
    assertThrows(CancellationException.class, () -> unfinished.create(folder));
    assertEquals(List.of("a"), names());
  }

  @Test
  void aTemporaryFileIsHiddenAndBesideItsTarget() throws IOException {
    Path file = unfinished.create(folder);
    assertEquals(folder, file.getParent());
    assertTrue(file.getFileName().toString().startsWith("."));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
