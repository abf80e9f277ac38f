package io.darkroom.batch;

import io.darkroom.pipeline.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How far a batch is, by all manifests of its folder. A line that was changed counts as it was
 * until it is painted anew.
 *
 * @param source the prompt file's name
 * @param pictures how many the whole batch has; 0 if nobody knows
 * @param made pictures that manifests tell of and whose files are there, each line's once
 * @param failed pictures that could not be made and were not made later
 * @param missing files that manifests tell of and that are gone
 * @param seconds of the making, all workers together
 */
public record BatchStatus(
    String source, int pictures, int made, int failed, int missing, double seconds) {
  /**
   * Sums up a folder.
   *
   * @param folder the batch's
   * @return the sums
   * @throws InvalidRequestException if it is no batch's folder
   * @throws IOException if it cannot be read
   */
  public static BatchStatus of(Path folder) throws IOException {
    BatchFolder description =
        BatchFolder.read(folder)
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        folder + " is no batch's folder: there is no " + BatchFolder.DESCRIPTION));
    Map<String, ManifestRecord> files = new HashMap<>();
    Set<String> failed = new HashSet<>();
    Set<String> madeOnce = new HashSet<>();
    for (ManifestRecord record : Manifest.readAll(folder).records()) {
      if (record.error().isPresent()) {
        failed.add(record.request());
      } else {
        madeOnce.add(record.request());
        files.put(record.path(), record);
      }
    }
    failed.removeAll(madeOnce);
    Set<String> there = new HashSet<>();
    int missing = 0;
    for (ManifestRecord record : files.values()) {
      if (Files.isRegularFile(folder.resolve(record.path()))) {
        there.add(record.id());
      } else {
        missing++;
      }
    }
    double seconds = files.values().stream().mapToDouble(ManifestRecord::seconds).sum();
    return new BatchStatus(
        description.source(),
        description.pictures(),
        there.size(),
        failed.size(),
        missing,
        seconds);
  }
}
