package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestTest {
  private static final ManifestRecord MADE =
      new ManifestRecord("1", 1, "aa", 7, "x.png", Optional.of("bb"), 1.5, Optional.empty());
  private static final ManifestRecord FAILED =
      new ManifestRecord(
          "2", 2, "cc", 8, "y.png", Optional.empty(), 0, Optional.of("it \"broke\"\n"));

  @TempDir private Path folder;

  @Test
  void recordsComeBack() throws IOException {
    try (Manifest manifest = Manifest.open(folder, Shard.WHOLE)) {
      manifest.append(MADE);
      manifest.append(FAILED);
    }
    try (Manifest manifest = Manifest.open(folder, new Shard(2, 3))) {
      manifest.append(MADE);
    }
    assertEquals(2, Files.readAllLines(folder.resolve("manifest.jsonl")).size());
    assertTrue(Files.exists(folder.resolve("manifest-2-of-3.jsonl")));
    Manifest.Contents contents = Manifest.readAll(folder);
    assertEquals(List.of(), contents.warnings());
    assertEquals(3, contents.records().size());
    assertTrue(contents.records().containsAll(List.of(MADE, FAILED)));
  }

  @Test
  void aLastLineThatWasCutOffIsTakenAwayWhereverItWasCut() throws IOException {
    Path file = folder.resolve("manifest.jsonl");
    String whole = MADE.json() + "\n";
    String second = FAILED.json() + "\n";
    for (int length = 0; length <= second.length(); length++) {
      Files.writeString(file, whole + second.substring(0, length));
      int before = Manifest.readAll(folder).records().size();
      assertEquals(List.of(), Manifest.readAll(folder).warnings());
      try (Manifest manifest = Manifest.open(folder, Shard.WHOLE)) {
        manifest.append(MADE);
      }
      Manifest.Contents contents = Manifest.readAll(folder);
      assertEquals(List.of(), contents.warnings());
      assertEquals(before + 1, contents.records().size(), "cut at " + length);
      assertEquals(length < second.length() - 1 ? 1 : 2, before);
    }
  }

  @Test
  void aLineMayBeCutOffInsideACharacter() throws IOException {
    Path file = folder.resolve("manifest.jsonl");
    byte[] first = (MADE.json() + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] second =
        new ManifestRecord("größe-🦊", 2, "cc", 8, "y.png", Optional.of("dd"), 0, Optional.empty())
            .json()
            .getBytes(StandardCharsets.UTF_8);
    for (int length = 1; length < second.length; length++) {
      Files.write(file, first);
      Files.write(file, Arrays.copyOf(second, length), StandardOpenOption.APPEND);
      assertEquals(new Manifest.Contents(List.of(MADE), List.of()), Manifest.readAll(folder));
      Manifest.open(folder, Shard.WHOLE).close();
      assertArrayEquals(first, Files.readAllBytes(file), "cut at " + length);
    }
  }

  @Test
  void aLineThatIsNoneIsToldOfAndDoesNotCount() throws IOException {
    Files.writeString(
        folder.resolve("manifest.jsonl"),
        MADE.json() + "\n{\"id\": [1]}\nnull\n{}\n[]\n3\n" + FAILED.json() + "\n");
    Manifest.Contents contents = Manifest.readAll(folder);
    assertEquals(List.of(MADE, FAILED), contents.records());
    assertEquals(5, contents.warnings().size());
    assertTrue(contents.warnings().get(0).startsWith("manifest.jsonl:2 "));
  }

  @Test
  void oneProcessAtATimeWrites() throws IOException {
    try (Manifest first = Manifest.open(folder, Shard.WHOLE)) {
      first.append(MADE);
      assertThrows(InvalidRequestException.class, () -> Manifest.open(folder, Shard.WHOLE).close());
      Manifest.open(folder, new Shard(1, 2)).close();
    }
    Manifest.open(folder, Shard.WHOLE).close();
  }
}
