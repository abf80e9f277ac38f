package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How far a batch is, by all manifests of its folder and by what the last run wanted of it: what a
 * line was before it was changed does not count.
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
                        folder
                            + " is not the folder of a batch: there is no "
                            + BatchFolder.DESCRIPTION));
    Map<String, ManifestRecord> files = new HashMap<>();
    Map<String, Set<String>> pathsByRequest = new HashMap<>();
    Set<String> failed = new HashSet<>();
    for (ManifestRecord record : Manifest.readAll(folder).records()) {
      if (record.error().isPresent()) {
        failed.add(record.request());
      } else {
        files.put(record.path(), record);
        pathsByRequest
            .computeIfAbsent(record.request(), hash -> new HashSet<>())
            .add(record.path());
      }
    }
    failed.removeAll(pathsByRequest.keySet());
    Set<String> there = new HashSet<>();
    for (String path : files.keySet()) {
      if (Files.isRegularFile(folder.resolve(path))) {
        there.add(path);
      }
    }
    double seconds = files.values().stream().mapToDouble(ManifestRecord::seconds).sum();
    if (description.requests().isEmpty()) {
      return new BatchStatus(
          description.source(),
          description.pictures(),
          (int) there.stream().map(path -> files.get(path).id()).distinct().count(),
          failed.size(),
          files.size() - there.size(),
          seconds);
    }
    int made = 0;
    int known = 0;
    int failures = 0;
    Map<String, Integer> wanted = new HashMap<>();
    description.requests().forEach(hash -> wanted.merge(hash, 1, Integer::sum));
    for (Map.Entry<String, Integer> request : wanted.entrySet()) {
      Set<String> paths = pathsByRequest.getOrDefault(request.getKey(), Set.of());
      int most = request.getValue();
      made += Math.min(most, (int) paths.stream().filter(there::contains).count());
      known += Math.min(most, paths.size());
      failures += failed.contains(request.getKey()) ? most : 0;
    }
    return new BatchStatus(
        description.source(), description.pictures(), made, failures, known - made, seconds);
  }
}
