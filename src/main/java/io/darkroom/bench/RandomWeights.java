package io.darkroom.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.WeightsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Random weights, made one by one as they are asked for, so that the largest model never stands in
 * memory as a whole beside its converted form. The values are always the same.
 *
 * <p>Each weight is a piece of one list of normally distributed numbers, repeated as often as
 * needed, for drawing billions of numbers would take longer than reading a model. The list's length
 * is prime, so that no two rows of a weight are alike. Layers keep the scale of what they are given
 * (He et al., arXiv 1502.01852, without the factor for rectifiers), norms change it little: all
 * activations stay finite, in half precision, too.
 */
final class RandomWeights implements WeightsFile {
  private static final int NUMBERS = 1_000_003;
  private static final double SMALL = 0.02;

  private final Path name;
  private final Map<String, long[]> shapes;
  private final float[] numbers = new float[NUMBERS];

  /**
   * Prepares to make weights.
   *
   * @param name what messages call them
   * @param shapes the shape of each
   */
  RandomWeights(String name, Map<String, long[]> shapes) {
    this.name = Path.of(name);
    this.shapes = new LinkedHashMap<>(shapes);
    Random random = new Random(0);
    for (int i = 0; i < NUMBERS; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
  }

  @Override
  public Path path() {
    return name;
  }

  @Override
  public Map<String, long[]> shapes() {
    return shapes;
  }

  @Override
  public Map<String, StoredType> types() {
    Map<String, StoredType> types = new LinkedHashMap<>();
    shapes.keySet().forEach(weight -> types.put(weight, StoredType.F32));
    return types;
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public List<Double> numbers(String weight) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        NDArray array = load(weight, manager)) {
      List<Double> values = new ArrayList<>();
      for (float value : array.toFloatArray()) {
        values.add((double) value);
      }
      return values;
    }
  }

  @Override
  public NDArray lend(String weight, NDManager manager) {
    return load(weight, manager);
  }

  @Override
  public NDArray load(String weight, NDManager manager) {
    long[] shape = shapes.get(weight);
    try (NDManager scratch = manager.newSubManager()) {
      NDArray values = numbers(weight, shape, scratch).reshape(new Shape(shape));
      NDArray scaled = values.mul((float) scale(weight, shape));
      if (isNormWeight(weight, shape)) {
        scaled.addi(1);
      }
      scaled.attach(manager);
      return scaled;
    }
  }

  private NDArray numbers(String weight, long[] shape, NDManager scratch) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    // Equal shapes would else have equal values: queries their keys.
    int from = Math.floorMod(weight.hashCode(), NUMBERS);
    long to = from + count;
    return to <= NUMBERS
        ? scratch.create(Arrays.copyOfRange(numbers, from, (int) to))
        : scratch.create(numbers).tile((to + NUMBERS - 1) / NUMBERS).get(from + ":" + to);
  }

  private static boolean isNormWeight(String weight, long[] shape) {
    return shape.length == 1 && weight.endsWith("weight");
  }

  private static double scale(String weight, long[] shape) {
    boolean adds = shape.length == 1 || weight.contains("embeddings.");
    return adds ? SMALL : Math.sqrt(1.0 / Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b));
  }

  @Override
  public void close() {}
}
