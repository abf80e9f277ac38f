package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.base.Sha256;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Requests;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerTest {
  @TempDir private Path folder;
  private List<ManifestRecord> records;

  @BeforeEach
  void begin() {
    records = new ArrayList<>();
  }

  private static BatchPicture picture(String hash, String path, boolean named) {
    ImageRequest request = Requests.of("cat", "", 5, 8, 8, 1, 1, "ddim", 0);
    return new BatchPicture("1", 1, request, List.of(), hash, path, named);
  }

  /** Paints a picture: its file, and its line in the manifest. */
  private void make(String hash, String path, String bytes) throws IOException {
    Files.writeString(folder.resolve(path), bytes);
    records.add(
        new ManifestRecord(
            "1",
            1,
            hash,
            5,
            path,
            Optional.of(Sha256.of(folder.resolve(path))),
            0,
            Optional.empty()));
  }

  private Ledger ledger() {
    return new Ledger(folder, records);
  }

  /** Looks pictures up in a new run; where all are known, all are planned before. */
  private List<Ledger.Entry> find(boolean allKnown, List<BatchPicture> pictures)
      throws IOException {
    Ledger ledger = ledger();
    List<Ledger.Entry> entries = new ArrayList<>();
    for (int i = 0; i < pictures.size(); i++) {
      Set<String> planned =
          Set.copyOf(
              pictures.subList(0, allKnown ? pictures.size() : i + 1).stream()
                  .map(BatchPicture::path)
                  .toList());
      entries.add(ledger.find(pictures.get(i), planned::contains));
    }
    return entries;
  }

  private static Ledger.Entry there(String path) {
    return new Ledger.Entry(Ledger.State.THERE, path, Ledger.Oddity.NONE);
  }

  private static Ledger.Entry missing(String path) {
    return missing(path, Ledger.Oddity.NONE);
  }

  private static Ledger.Entry missing(String path, Ledger.Oddity oddity) {
    return new Ledger.Entry(Ledger.State.MISSING, path, oddity);
  }

  @Test
  void aFileIsThereWhicheverManifestHasItsLatestRecord() throws IOException {
    make("cat", "x.png", "first");
    make("cat", "x.png", "second");
    BatchPicture cat = picture("cat", "x.png", false);
    for (String bytes : List.of("first", "second")) {
      Files.writeString(folder.resolve("x.png"), bytes);
      assertEquals(List.of(there("x.png")), find(true, List.of(cat)), bytes);
    }
    Files.writeString(folder.resolve("x.png"), "third");
    assertEquals(List.of(missing("x-cat.png", Ledger.Oddity.BROKEN)), find(true, List.of(cat)));
  }

  @Test
  void ofAFileWithTwoRequestsTheBytesTellWhichOneItHolds() throws IOException {
    BatchPicture cat = picture("cat", "x.png", true);
    BatchPicture dog = picture("dog", "x.png", true);
    make("dog", "x.png", "a dog");
    make("cat", "x.png", "a cat");
    assertEquals(List.of(there("x.png")), find(true, List.of(cat)));
    assertEquals(List.of(missing("x-dog.png", Ledger.Oddity.EARLIER)), find(true, List.of(dog)));
    Files.writeString(folder.resolve("x.png"), "a dog");
    assertEquals(List.of(missing("x-cat.png", Ledger.Oddity.EARLIER)), find(true, List.of(cat)));
    assertEquals(List.of(there("x.png")), find(true, List.of(dog)));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void equalPicturesOfWhichOneIsGoneAreAllThereAfterOneIsMade(boolean allKnown) throws IOException {
    List<BatchPicture> cats =
        List.of(
            picture("cat", "1.png", false),
            picture("cat", "2.png", false),
            picture("cat", "3.png", false));
    for (BatchPicture cat : cats) {
      make("cat", cat.path(), "a cat");
    }
    for (BatchPicture cat : cats) {
      Files.delete(folder.resolve(cat.path()));
      List<Ledger.Entry> entries = find(allKnown, cats);
      List<Ledger.Entry> lost =
          entries.stream().filter(entry -> entry.state() != Ledger.State.THERE).toList();
      assertEquals(List.of(missing(cat.path())), lost);
      assertEquals(3, entries.stream().map(Ledger.Entry::path).distinct().count());
      make("cat", cat.path(), "a cat");
      assertEquals(List.of(there("1.png"), there("2.png"), there("3.png")), find(allKnown, cats));
    }
  }

  @Test
  void equalPicturesThatMovedKeepTheirFiles() throws IOException {
    make("cat", "1.png", "a cat");
    make("cat", "2.png", "a cat");
    assertEquals(
        List.of(there("2.png"), there("1.png")),
        find(true, List.of(picture("cat", "2.png", false), picture("cat", "3.png", false))));
  }

  @Test
  void aFileThatAnotherPictureIsAboutToReplaceIsNotTaken() throws IOException {
    make("cat", "x.png", "a cat");
    assertEquals(
        List.of(missing("1.png"), missing("x-dog.png", Ledger.Oddity.EARLIER)),
        find(true, List.of(picture("cat", "1.png", false), picture("dog", "x.png", true))));
  }

  @Test
  void aPictureThatSomebodyHasChangedIsThereAndSaid() throws IOException {
    make("cat", "x.png", "a cat");
    Png other = new Png(new RgbImage(1, 1, new byte[3]), Map.of("Software", "a painter's program"));
    try (OutputStream out = Files.newOutputStream(folder.resolve("x.png"))) {
      new PngWriter(out).write(other);
    }
    assertEquals(
        List.of(new Ledger.Entry(Ledger.State.THERE, "x.png", Ledger.Oddity.CHANGED)),
        find(true, List.of(picture("cat", "x.png", true))));
    assertEquals(
        List.of(missing("x-dog.png", Ledger.Oddity.EARLIER)),
        find(true, List.of(picture("dog", "x.png", true))));
  }

  @Test
  void whatTheBatchHasNotMadeIsNeverInPlaceOfAPicture() throws IOException {
    for (String name : List.of("x.png", "x-cat.png", "x-cat-2.png")) {
      Files.writeString(folder.resolve(name), "mine");
    }
    Files.createSymbolicLink(folder.resolve("y.png"), Path.of("nowhere"));
    assertEquals(
        List.of(
            missing("x-cat-3.png", Ledger.Oddity.FOREIGN),
            missing("y-dog.png", Ledger.Oddity.FOREIGN)),
        find(true, List.of(picture("cat", "x.png", true), picture("dog", "y.png", false))));
  }

  @Test
  void whatWentBesideIsFoundThere() throws IOException {
    Files.writeString(folder.resolve("x.png"), "mine");
    make("cat", "x-cat-2.png", "a cat");
    for (boolean named : new boolean[] {true, false}) {
      assertEquals(
          List.of(there("x-cat-2.png")), find(true, List.of(picture("cat", "x.png", named))));
    }
    // Another name that a line asks for is another file.
    assertEquals(List.of(missing("z.png")), find(true, List.of(picture("cat", "z.png", true))));
  }
}
