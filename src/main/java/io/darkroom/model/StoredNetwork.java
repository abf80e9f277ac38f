package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a network's weights are stored. Only the heads of files are read for it.
 *
 * @param component such as {@code unet}
 * @param parameters how many numbers it has
 * @param types the formats that they are stored in
 * @param bytes what they take
 */
public record StoredNetwork(
    Component component, long parameters, Set<StoredType> types, long bytes) {
  /**
   * Looks at a component of a model directory.
   *
   * @param directory the model, in diffusers' layout
   * @param component such as {@code unet}
   * @return the network, its bytes those of the files; empty if its weights are missing
   * @throws ModelException if a file is damaged
   * @throws IOException if a file cannot be read
   */
  public static Optional<StoredNetwork> in(Path directory, Component component) throws IOException {
    Optional<Path> weights = WeightsFolder.find(directory.resolve(component.folder()), component);
    if (weights.isEmpty() || !WeightsFolder.missing(weights.get()).isEmpty()) {
      return Optional.empty();
    }
    long bytes = 0;
    for (Path file : WeightsFolder.files(weights.get())) {
      bytes += Files.size(file);
    }
    try (WeightsFile file = WeightsFormat.open(weights.get())) {
      StoredNetwork counted = of(component, file.shapes().keySet(), file.shapes(), file.types());
      return Optional.of(new StoredNetwork(component, counted.parameters, counted.types, bytes));
    }
  }

  /**
   * Counts some tensors of a file.
   *
   * @param component what they are together
   * @param names their stored names
   * @param shapes those of the whole file
   * @param types likewise
   * @return the network
   */
  static StoredNetwork of(
      Component component,
      Collection<String> names,
      Map<String, long[]> shapes,
      Map<String, StoredType> types) {
    long parameters = 0;
    long bytes = 0;
    Set<StoredType> used = new TreeSet<>();
    for (String name : Set.copyOf(names)) {
      StoredType type = types.get(name);
      // Whole numbers are positions, which some checkpoints keep beside the weights.
      if (type.isFloating()) {
        long count = 1;
        for (long dimension : shapes.get(name)) {
          count *= dimension;
        }
        parameters += count;
        bytes += count * type.bytes();
        used.add(type);
      }
    }
    return new StoredNetwork(component, parameters, used, bytes);
  }
}
