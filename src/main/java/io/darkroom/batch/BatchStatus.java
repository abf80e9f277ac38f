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
 * How far a batch is, by all manifests of its folder.
 *
 * @param source the prompt file's name
 * @param pictures how many the whole batch has; 0 if nobody knows
 * @param made files that manifests tell of and that are there
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
    long there =
        files.keySet().stream().filter(path -> Files.isRegularFile(folder.resolve(path))).count();
    double seconds = files.values().stream().mapToDouble(ManifestRecord::seconds).sum();
    return new BatchStatus(
        description.source(),
        description.pictures(),
        (int) there,
        failed.size(),
        files.size() - (int) there,
        seconds);
  }
}
