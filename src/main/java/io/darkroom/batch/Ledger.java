package io.darkroom.batch;

import io.darkroom.checkpoint.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a folder has of a batch, by all of its manifests and by the files themselves: a picture
 * whose file is gone or has other bytes than were written counts as missing.
 */
final class Ledger {
  /** How far a picture is. */
  enum State {
    /** Its file is there, as it was written. */
    THERE,
    /** It could not be made. */
    FAILED,
    /** It is yet to be made, or to be made again. */
    MISSING
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

  /**
   * Tells whether a file belongs to other requests alone, by the manifests.
   *
   * @param path the file
   * @param hash the request's
   * @return whether; empty if no manifest has the file
   */
  Optional<Boolean> isOfOthers(String path, String hash) {
    return Optional.ofNullable(byPath.get(path))
        .map(records -> records.stream().noneMatch(record -> record.request().equals(hash)));
  }

  /** What became of a picture. */
  record Entry(State state, String path) {}

  /**
   * Looks a picture up. Of several pictures with one request each gets a file of its own: that of
   * its own name, or one of an earlier run that is no other picture's.
   *
   * @param picture the picture, to be asked for once
   * @param planned tells whether a file is that of a picture that is known already, this or another
   * @return its state, and its file, which may have the name of an earlier run
   * @throws IOException if a file cannot be read
   */
  Entry find(BatchPicture picture, Predicate<String> planned) throws IOException {
    String own = picture.path();
    boolean free = !claimed.contains(own) || picture.named();
    if (free && isIntact(own, picture.hash())) {
      claimed.add(own);
      return new Entry(State.THERE, own);
    }
    if (!picture.named()) {
      for (String path : paths.getOrDefault(picture.hash(), Set.of())) {
        if (!planned.test(path) && !claimed.contains(path) && isIntact(path, picture.hash())) {
          claimed.add(path);
          gone.put(path, own);
          return new Entry(State.THERE, path);
        }
      }
    }
    return new Entry(
        hasOnlyFailed(picture.hash()) ? State.FAILED : State.MISSING,
        free ? own : nameInstead(own));
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
    Set<String> sums = new HashSet<>();
    for (ManifestRecord record : byPath.getOrDefault(path, List.of())) {
      if (record.request().equals(hash)) {
        sums.add(record.sha256().orElseThrow());
      }
    }
    Path file = folder.resolve(path);
    return !sums.isEmpty() && Files.isRegularFile(file) && sums.contains(Sha256.of(file));
  }
}
