package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.weights.ShardedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The weights in a component's folder, by the names that diffusers and transformers give them. The
 * plain name comes first, then the variant {@code fp16}; of each, one file before several, and
 * safetensors before PyTorch's pickles.
 */
final class WeightsFolder {
  private WeightsFolder() {}

  /**
   * The names that a component's weights may have.
   *
   * @param component such as the U-Net
   * @return file names, the best first
   */
  static List<String> names(Component component) {
    boolean text = component.isTextEncoder();
    String safe = component.weightsStem();
    String pickled = text ? "pytorch_model" : "diffusion_pytorch_model";
    return List.of(
        safe + ".safetensors",
        safe + ".safetensors.index.json",
        safe + ".fp16.safetensors",
        safe + ".safetensors.index.fp16.json",
        pickled + ".bin",
        pickled + ".bin.index.json",
        pickled + ".fp16.bin",
        pickled + ".bin.index.fp16.json");
  }

  /**
   * Finds a component's weights.
   *
   * @param folder the component's folder
   * @param component its name
   * @return the file, or the index of several
   */
  static Optional<Path> find(Path folder, Component component) {
    return names(component).stream()
        .map(name -> folder.resolve(name))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * All files that weights are in.
   *
   * @param weights what {@link #find} gave
   * @return that file; of an index, the index and its files
   * @throws ModelException if an index is malformed
   */
  static List<Path> files(Path weights) {
    List<Path> files = new ArrayList<>(List.of(weights));
    if (isIndex(weights)) {
      files.addAll(ShardedWeights.files(weights));
    }
    return files;
  }

  /**
   * Those of the files that are not there.
   *
   * @param weights what {@link #find} gave
   * @return their paths
   * @throws ModelException if an index is malformed
   */
  static List<Path> missing(Path weights) {
    return isIndex(weights) ? ShardedWeights.missing(weights) : List.of();
  }

  private static boolean isIndex(Path weights) {
    return weights.getFileName().toString().endsWith(".json");
  }

  /**
   * What lies where the weights should: often the same weights in a form that is not read.
   *
   * @param folder the component's folder
   * @return their names, in order
   */
  static List<String> others(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(".*\\.(bin|ckpt|pt|msgpack|onnx|safetensors)"))
          .sorted()
          .toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }
}
