package io.darkroom.batch;

import io.darkroom.base.Sha256;
import io.darkroom.image.WholePicture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a folder has of a batch, by all of its manifests and by the files themselves. A picture is
 * there if its file has the bytes that were written, or if somebody made another whole picture of
 * it. Whatever else is under a picture's name stays: then the picture gets another name.
 */
final class Ledger {
  /** How far a picture is. */
  enum State {
    /** Its file is there. */
    THERE,
    /** It could not be made. */
    FAILED,
    /** It is yet to be made, or to be made again. */
    MISSING
  }

  /** What is odd about a picture's file. */
  enum Oddity {
    /** Nothing. */
    NONE,
    /** Somebody has changed the picture since it was made. */
    CHANGED,
    /** Under the picture's name is something that was the picture and is no whole one now. */
    BROKEN,
    /** The name belongs to a picture with another prompt or other settings. */
    EARLIER,
    /** Under the picture's name is a file that this batch has not made. */
    FOREIGN
  }

  private final Path folder;

  /**
   * All records of each file. Which of them is the last nobody knows: they are of several manifests
   * without a common clock. The file's bytes tell which one holds.
   */
  private final Map<String, List<ManifestRecord>> byPath = new HashMap<>();

  /** The files that hold, or held, a request's pictures. */
  private final Map<String, Set<String>> paths = new HashMap<>();

  private final Set<String> failed = new HashSet<>();
  private final Set<String> claimed = new HashSet<>();

  /** The own files, which are gone, of pictures that got the file that is named first. */
  private final Map<String, String> gone = new HashMap<>();

  /**
   * Takes in the manifests.
   *
   * @param folder the batch's
   * @param records of all manifests
   */
  Ledger(Path folder, List<ManifestRecord> records) {
    this.folder = folder;
    for (ManifestRecord record : records) {
      if (record.sha256().isPresent()) {
        byPath.computeIfAbsent(record.path(), path -> new ArrayList<>()).add(record);
        paths.computeIfAbsent(record.request(), hash -> new LinkedHashSet<>()).add(record.path());
      } else {
        failed.add(record.request());
      }
    }
  }

  /** The files that manifests tell of. */
  Set<String> paths() {
    return byPath.keySet();
  }

  /**
   * What became of a picture.
   *
   * @param state how far it is
   * @param path the file that it has, or will have
   * @param oddity what is odd about the file under its own name
   */
  record Entry(State state, String path, Oddity oddity) {}

  /**
   * Looks a picture up. Of several pictures with one request each gets a file of its own: that of
   * its own name, or one of an earlier run that is no other picture's. The file of a picture that
   * is to be made does not exist.
   *
   * @param picture the picture, to be asked for once
   * @param planned tells whether a file is that of a picture that is known already, this or another
   * @return its state, and its file, which may have the name of an earlier run
   * @throws IOException if a file cannot be read
   */
  Entry find(BatchPicture picture, Predicate<String> planned) throws IOException {
    String own = picture.path();
    String hash = picture.hash();
    NameVariants names = new NameVariants(own, hash);
    boolean free = !claimed.contains(own) || picture.named();
    List<String> ofThisName = new ArrayList<>();
    List<String> ofOthers = new ArrayList<>();
    if (free && byPath.containsKey(own)) {
      ofThisName.add(own);
    }
    for (String path : paths.getOrDefault(hash, Set.of())) {
      if (!path.equals(own) && !claimed.contains(path) && !planned.test(path)) {
        (names.include(path) ? ofThisName : ofOthers).add(path);
      }
    }
    for (List<String> candidates :
        List.of(ofThisName, picture.named() ? List.<String>of() : ofOthers)) {
      for (Oddity oddity : List.of(Oddity.NONE, Oddity.CHANGED)) {
        for (String path : candidates) {
          if (oddity == Oddity.NONE ? isIntact(path, hash) : isChanged(path, hash)) {
            claimed.add(path);
            if (!path.equals(own)) {
              gone.put(path, own);
            }
            return new Entry(State.THERE, path, oddity);
          }
        }
      }
    }
    String wanted = free ? own : nameInstead(own);
    Oddity oddity = oddity(wanted, hash);
    return new Entry(
        hasOnlyFailed(hash) ? State.FAILED : State.MISSING,
        oddity == Oddity.NONE ? wanted : freeVariant(new NameVariants(wanted, hash)),
        oddity);
  }

  /** What is in the way of a picture that is to be made. */
  private Oddity oddity(String path, String hash) throws IOException {
    List<ManifestRecord> records = byPath.getOrDefault(path, List.of());
    if (records.stream().noneMatch(record -> record.request().equals(hash))) {
      return !records.isEmpty() ? Oddity.EARLIER : exists(path) ? Oddity.FOREIGN : Oddity.NONE;
    }
    if (!exists(path)) {
      return Oddity.NONE;
    }
    return isKnown(path) ? Oddity.EARLIER : Oddity.BROKEN;
  }

  private String freeVariant(NameVariants names) {
    int number = 1;
    while (exists(names.variant(number))) {
      number++;
    }
    return names.variant(number);
  }

  private boolean exists(String path) {
    return Files.exists(folder.resolve(path), LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * The name for a picture whose file a picture before it got, since of a stream nobody knows what
   * comes: that one's own, so that in the next run each has its own again.
   */
  private String nameInstead(String own) {
    String path = own;
    for (String next = gone.remove(path); next != null; next = gone.remove(path)) {
      path = next;
    }
    return path;
  }

  private boolean hasOnlyFailed(String hash) {
    return failed.contains(hash) && !paths.containsKey(hash);
  }

  private boolean isIntact(String path, String hash) throws IOException {
    return hasBytesOf(path, record -> record.request().equals(hash));
  }

  /** Tells whether a file has the bytes that some manifest tells of. */
  private boolean isKnown(String path) throws IOException {
    return hasBytesOf(path, record -> true);
  }

  private boolean hasBytesOf(String path, Predicate<ManifestRecord> which) throws IOException {
    Set<String> sums = new HashSet<>();
    for (ManifestRecord record : byPath.getOrDefault(path, List.of())) {
      if (which.test(record)) {
        sums.add(record.sha256().orElseThrow());
      }
    }
    Path file = folder.resolve(path);
    return !sums.isEmpty() && Files.isRegularFile(file) && sums.contains(Sha256.of(file));
  }

  /** Tells whether a file of a request is another whole picture now, which nobody but people do. */
  private boolean isChanged(String path, String hash) throws IOException {
    Path file = folder.resolve(path);
    return byPath.get(path).stream().anyMatch(record -> record.request().equals(hash))
        && Files.isRegularFile(file)
        && !isKnown(path)
        && WholePicture.is(file);
  }
}
