package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Weights that were divided by a number, one for each, so as to make use of all that eight bits
 * have, as ComfyUI stores them. The numbers lie beside the weights; here each weight is multiplied
 * by its own again, and nothing else of it shows.
 *
 * <p>Files have one of two spellings: {@code X.scale_weight} for the weight {@code X.weight} and an
 * empty mark {@code scaled_fp8}; or {@code X.weight_scale}, with {@code X.comfy_quant} to tell the
 * format. What is for the inputs of a layer matters to arithmetic in eight bits alone and is passed
 * over. Other formats of the second spelling have a number for each block of a weight, or two
 * numbers in a byte: they are refused.
 *
 * @see <a href="https://github.com/comfyanonymous/ComfyUI/blob/master/QUANTIZATION.md">ComfyUI's
 *     description</a>
 */
final class ScaledWeights implements WeightsFile {
  private static final String WEIGHT = ".weight";
  private static final List<String> SCALES = List.of(".scale_weight", ".weight_scale");
  private static final List<String> FOR_INPUTS = List.of(".scale_input", ".input_scale");
  private static final String FORMAT = ".comfy_quant";
  private static final String MARK = "scaled_fp8";

  private final WeightsFile stored;

  /** The scale's name by the weight's. */
  private final Map<String, String> scales = new HashMap<>();

  private final Map<String, long[]> shapes = new LinkedHashMap<>();
  private final Map<String, StoredType> types = new LinkedHashMap<>();

  private ScaledWeights(WeightsFile stored) {
    this.stored = stored;
  }

  /**
   * Undoes the scaling of a file's weights as they are loaded.
   *
   * @param stored the open file, which the result closes
   * @return the same file if it has nothing of the kind, else the weights as they are meant
   * @throws ModelException if weights are quantised in a way that Darkroom does not run; then the
   *     file is closed
   */
  static WeightsFile unscaled(WeightsFile stored) {
    try {
      Map<String, long[]> all = stored.shapes();
      if (all.keySet().stream().noneMatch(ScaledWeights::isBeside)) {
        return stored;
      }
      ScaledWeights weights = new ScaledWeights(stored);
      weights.pair(all, stored.types());
      return weights;
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(stored, failure);
      throw failure;
    }
  }

  private static boolean isBeside(String name) {
    return scaled(name).isPresent()
        || FOR_INPUTS.stream().anyMatch(name::endsWith)
        || name.endsWith(FORMAT)
        || isMark(name);
  }

  private static boolean isMark(String name) {
    return name.equals(MARK) || name.endsWith("." + MARK);
  }

  /** The weight that a scale is for. */
  private static Optional<String> scaled(String name) {
    return SCALES.stream()
        .filter(name::endsWith)
        .findFirst()
        .map(ending -> name.substring(0, name.length() - ending.length()) + WEIGHT);
  }

  private void pair(Map<String, long[]> all, Map<String, StoredType> stores) {
    all.forEach(
        (name, shape) -> {
          Optional<String> weight = scaled(name);
          if (weight.isPresent() && all.containsKey(weight.get())) {
            requireOneNumber(name, shape, stores);
            requireFloats(weight.get(), stores);
            scales.put(weight.get(), name);
          } else if (!isBeside(name) || weight.isPresent()) {
            shapes.put(name, shape);
            types.put(name, stores.get(name));
          } else if (name.endsWith(FORMAT)) {
            requireFloats(name.substring(0, name.length() - FORMAT.length()) + WEIGHT, stores);
          }
        });
  }

  private void requireOneNumber(String name, long[] shape, Map<String, StoredType> stores) {
    long count = 1;
    for (long dimension : shape) {
      count *= dimension;
    }
    if (count != 1 || !stores.get(name).isFloating()) {
      throw refusal(name);
    }
  }

  /** Two numbers of four bits in a byte are stored as whole numbers. */
  private void requireFloats(String weight, Map<String, StoredType> stores) {
    StoredType type = stores.get(weight);
    if (type != null && !type.isFloating()) {
      throw refusal(weight);
    }
  }

  private ModelException refusal(String name) {
    return new ModelException(
        stored.path()
            + ": is quantised in a way that Darkroom does not support, see "
            + OneLine.of(name)
            + "; it runs eight-bit floats with one scale for each weight: get the model as F16 or"
            + " FP8");
  }

  /** Those of a scaled weight are as they are stored; marks are never scaled. */
  @Override
  public List<Double> numbers(String name) {
    return stored.numbers(name);
  }

  @Override
  public Path path() {
    return stored.path();
  }

  @Override
  public List<Path> files() {
    return stored.files();
  }

  @Override
  public Map<String, long[]> shapes() {
    return new LinkedHashMap<>(shapes);
  }

  @Override
  public Map<String, StoredType> types() {
    return new LinkedHashMap<>(types);
  }

  @Override
  public Map<String, String> metadata() {
    return stored.metadata();
  }

  @Override
  public NDArray load(String name, NDManager manager) {
    String scale = scales.get(name);
    if (scale == null) {
      return stored.load(name, manager);
    }
    try (NDManager reading = manager.newSubManager()) {
      long[] ones = new long[shapes.get(name).length];
      Arrays.fill(ones, 1);
      NDArray factor = stored.load(scale, reading).reshape(ones);
      return stored.load(name, manager).muli(factor);
    }
  }

  @Override
  public NDArray lend(String name, NDManager manager) {
    return scales.containsKey(name) ? load(name, manager) : stored.lend(name, manager);
  }

  @Override
  public void close() {
    stored.close();
  }
}
