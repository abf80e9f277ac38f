package io.darkroom.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.StoredWeight;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of one component under the names that the networks know them by. Older spellings of
 * diffusers are renamed here, single files of the original layout by {@link LatentDiffusionNames}.
 */
public final class ComponentWeights implements AutoCloseable {
  /** Until diffusers 0.18 an autoencoder's attention called its layers so. */
  private static final Map<String, String> OLDER_ATTENTION =
      Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

  private final WeightsFile file;
  private final Map<String, StoredWeight> storedWeights = new LinkedHashMap<>();

  /**
   * Reads the names of a file.
   *
   * @param file the open file, which is closed with this object
   */
  public ComponentWeights(WeightsFile file) {
    this.file = file;
    file.shapes()
        .keySet()
        .forEach(stored -> storedWeights.put(canonical(stored), StoredWeight.whole(stored)));
  }

  /**
   * Takes weights out of a file that has other names for them.
   *
   * @param file the open file, which is closed with this object
   * @param weights where each weight is in it
   */
  ComponentWeights(WeightsFile file, Map<String, StoredWeight> weights) {
    this.file = file;
    storedWeights.putAll(weights);
  }

  /**
   * Opens a component's file in a model's folder.
   *
   * @param component its name
   * @param path the file, or the index of several
   * @return its weights
   * @throws ModelException if it is missing, damaged or something else
   */
  static ComponentWeights open(Component component, Path path) {
    WeightsFile file = WeightsFormat.open(path);
    if (!component.isTextEncoder()) {
      return new ComponentWeights(file);
    }
    // Those that transformers 5 wrote lack the first part of each name.
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String stored : file.shapes().keySet()) {
      boolean bare = stored.matches("(embeddings|encoder|final_layer_norm)\\..*");
      weights.put(bare ? "text_model." + stored : stored, StoredWeight.whole(stored));
    }
    return new ComponentWeights(file, weights);
  }

  /**
   * What a weight is called today.
   *
   * @param stored its name, as any version of diffusers has it
   * @return its name, as the networks know it
   */
  static String canonical(String stored) {
    String[] parts = stored.split("\\.");
    int layer = parts.length - 2;
    if (layer > 0 && stored.contains("attentions.") && OLDER_ATTENTION.containsKey(parts[layer])) {
      parts[layer] = OLDER_ATTENTION.get(parts[layer]);
    }
    return String.join(".", parts);
  }

  /**
   * What the file holds.
   *
   * @return each weight's shape by its name, in the file's order
   */
  public Map<String, long[]> shapes() {
    Map<String, long[]> stored = file.shapes();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    storedWeights.forEach(
        (name, weight) -> shapes.put(name, weight.shape(stored.get(weight.name()))));
    return shapes;
  }

  /**
   * How the file stores them.
   *
   * @return each weight's type by its name, in the file's order
   */
  public Map<String, StoredType> types() {
    Map<String, StoredType> stored = file.types();
    Map<String, StoredType> types = new LinkedHashMap<>();
    storedWeights.forEach((name, weight) -> types.put(name, stored.get(weight.name())));
    return types;
  }

  /**
   * Where the weights come from.
   *
   * @return the file's path, for messages
   */
  public String source() {
    return file.path().toString();
  }

  /**
   * The files that the weights are read from.
   *
   * @return their paths
   */
  public List<Path> files() {
    return file.files();
  }

  /**
   * Loads a weight, floating-point numbers as float32.
   *
   * @param name the weight's name
   * @param manager owns the array; its device is where the array lives
   * @return the array, not to be written into
   * @throws ModelException if there is no such weight
   */
  public NDArray load(String name, NDManager manager) {
    StoredWeight weight = place(name);
    return weight.take(file.load(weight.name(), manager));
  }

  /**
   * Loads a weight to be converted at once, as {@link WeightsFile#lend} does.
   *
   * @param name the weight's name
   * @param manager owns the array, which must not outlive it; its device is where the array lives
   * @return the array, float32 or in the half precision it is stored in, bfloat16 as its bytes; not
   *     to be written into
   * @throws ModelException if there is no such weight
   */
  public NDArray lend(String name, NDManager manager) {
    StoredWeight weight = place(name);
    return weight.take(file.lend(weight.name(), manager));
  }

  private StoredWeight place(String name) {
    return storedWeights.getOrDefault(name, StoredWeight.whole(name));
  }

  @Override
  public void close() {
    file.close();
  }
}
