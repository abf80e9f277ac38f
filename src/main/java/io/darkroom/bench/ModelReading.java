package io.darkroom.bench;

import io.darkroom.base.ModelException;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;

/** The bare reading of a model's weights files: what loading would take if it did nothing else. */
final class ModelReading {
  private static final int BUFFER = 8 << 20;

  private final Set<Path> files;

  private ModelReading(Set<Path> files) {
    this.files = files;
  }

  /**
   * Finds a model's files.
   *
   * @param source the model
   * @return the reading, not begun
   */
  static ModelReading of(ModelSource source) {
    Set<Path> files = new LinkedHashSet<>();
    for (Component component : source.kind().networks()) {
      try (ComponentWeights weights = source.weights(component)) {
        files.addAll(weights.files());
      }
    }
    return new ModelReading(files);
  }

  /**
   * Reads all files from beginning to end.
   *
   * @return how much and how long
   */
  BenchmarkReport.Read run() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    long bytes = 0;
    long start = System.nanoTime();
    for (Path file : files) {
      try (FileChannel channel = FileChannel.open(file)) {
        int read;
        while ((read = channel.read(buffer.clear())) >= 0) {
          bytes += read;
        }
      } catch (IOException e) {
        throw new ModelException(file + ": cannot be read: " + e, e);
      }
    }
    return new BenchmarkReport.Read(bytes, (System.nanoTime() - start) / 1e9);
  }
}
