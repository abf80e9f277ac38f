package io.darkroom.batch;

import io.darkroom.checkpoint.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

  /** The last record of each file. */
  private final Map<String, ManifestRecord> byPath = new HashMap<>();

  /** The files that hold, or held, a request's pictures. */
  private final Map<String, List<String>> paths = new HashMap<>();

  private final Set<String> failed = new HashSet<>();
  private final Set<String> claimed = new HashSet<>();

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
        byPath.put(record.path(), record);
        paths.computeIfAbsent(record.request(), hash -> new ArrayList<>()).add(record.path());
      } else {
        failed.add(record.request());
      }
    }
  }

  /**
   * Tells whether a file belongs to a request, by the manifests.
   *
   * @param path the file
   * @return the request's hash; empty if no manifest has the file
   */
  Optional<String> owner(String path) {
    return Optional.ofNullable(byPath.get(path)).map(ManifestRecord::request);
  }

  /** What became of a picture. */
  record Entry(State state, String path) {}

  /**
   * Looks a picture up. Of several pictures with one request each gets a file of its own.
   *
   * @param picture the picture, to be asked for once
   * @return its state, and its file, which may have the name of an earlier run
   * @throws IOException if a file cannot be read
   */
  Entry find(BatchPicture picture) throws IOException {
    List<String> candidates = new ArrayList<>(List.of(picture.path()));
    if (!picture.named()) {
      candidates.addAll(paths.getOrDefault(picture.hash(), List.of()));
    }
    for (String path : candidates) {
      if (!claimed.contains(path) && isIntact(path, picture.hash())) {
        claimed.add(path);
        return new Entry(State.THERE, path);
      }
    }
    return new Entry(hasOnlyFailed(picture.hash()) ? State.FAILED : State.MISSING, picture.path());
  }

  private boolean hasOnlyFailed(String hash) {
    return failed.contains(hash) && !paths.containsKey(hash);
  }

  private boolean isIntact(String path, String hash) throws IOException {
    ManifestRecord record = byPath.get(path);
    if (record == null || !record.request().equals(hash)) {
      return false;
    }
    Path file = folder.resolve(path);
    return Files.isRegularFile(file) && Sha256.of(file).equals(record.sha256().orElseThrow());
  }
}
