package io.darkroom.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An open LoRA (Hu et al., arXiv 2106.09685): for each layer that it changes a product of two
 * matrices of low rank, with LoCon's small kernel between them where there is one.
 */
final class LoraFile implements AutoCloseable {
  /**
   * A layer that the file changes.
   *
   * @param component such as {@code unet}
   * @param name the layer's flat name
   */
  record Layer(String component, String name) {}

  private final SafetensorsFile file;
  private final LoraChoice choice;
  private final Map<Layer, Map<LoraKeys.Part, String>> layers = new LinkedHashMap<>();
  private final List<String> unknown;
  private final LoraScale scale;
  private final Map<Layer, Double> alphas = new HashMap<>();

  private LoraFile(SafetensorsFile file, LoraChoice choice) {
    this.file = file;
    this.choice = choice;
    this.scale = LoraScale.of(file);
    file.tensors().keySet().stream()
        .flatMap(tensor -> LoraKeys.otherKind(tensor).stream())
        .findFirst()
        .ifPresent(
            kind -> {
              throw new ModelException(
                  file.path() + ": is " + kind + ", not a plain LoRA; only LoRA is supported");
            });
    this.unknown =
        file.tensors().keySet().stream().filter(tensor -> LoraKeys.read(tensor).isEmpty()).toList();
    for (String tensor : file.tensors().keySet()) {
      LoraKeys.read(tensor)
          .ifPresent(
              key ->
                  layers
                      .computeIfAbsent(
                          new Layer(key.component(), key.layer()),
                          layer -> new EnumMap<>(LoraKeys.Part.class))
                      .put(key.part(), tensor));
    }
    layers.values().removeIf(parts -> parts.keySet().equals(java.util.Set.of(LoraKeys.Part.ALPHA)));
    if (layers.isEmpty()) {
      throw new ModelException(
          file.path() + ": is no LoRA: it has no pair of matrices that are known by their names");
    }
    layers.forEach(this::check);
  }

  /**
   * Opens a file and checks its layers.
   *
   * @param choice the file and its weight
   * @return the open file
   * @throws ModelException if it is missing, malformed, or no plain LoRA
   */
  static LoraFile open(LoraChoice choice) {
    SafetensorsFile file = SafetensorsFile.open(choice.file());
    try {
      return new LoraFile(file, choice);
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  private void check(Layer layer, Map<LoraKeys.Part, String> parts) {
    String some = parts.values().iterator().next();
    if (!parts.containsKey(LoraKeys.Part.UP) || !parts.containsKey(LoraKeys.Part.DOWN)) {
      throw new ModelException(
          "%s: the layer of %s lacks one of its two matrices; download it again"
              .formatted(file.path(), OneLine.of(some)));
    }
    long[] up = shape(parts, LoraKeys.Part.UP);
    long[] down = shape(parts, LoraKeys.Part.DOWN);
    long[] mid = shape(parts, LoraKeys.Part.MID);
    if (up.length < 2 || down.length < 2 || product(up, 2) != 1) {
      throw damaged("%s and %s of %s are no two matrices of a LoRA", up, down, some);
    }
    if (up[1] == 0 || down[0] == 0) {
      throw damaged("%s and %s of %s have the rank 0", up, down, some);
    }
    if (mid.length == 0 ? up[1] != down[0] : !fits(up, mid, down)) {
      throw damaged(
          mid.length == 0
              ? "%s and %s of %s differ in rank"
              : "%s and %s of %s do not go with the kernel between them",
          up,
          down,
          some);
    }
    parts.values().forEach(tensor -> ArrayReader.check(file.path(), file.tensor(tensor)));
    alphas.put(
        layer,
        Optional.ofNullable(parts.get(LoraKeys.Part.ALPHA))
            .map(this::alpha)
            .orElseGet(() -> scale.alpha(layer, down[0]).orElse(down[0])));
  }

  private double alpha(String name) {
    StoredTensor tensor = file.tensor(name);
    if (tensor.count() != 1) {
      throw new ModelException(
          "%s: %s is no single number; the file is damaged: download it again"
              .formatted(file.path(), OneLine.of(name)));
    }
    double alpha = file.number(tensor).doubleValue();
    if (!Double.isFinite(alpha)) {
      throw new ModelException(
          "%s: %s is %s; download it again".formatted(file.path(), OneLine.of(name), alpha));
    }
    return alpha;
  }

  private static boolean fits(long[] up, long[] mid, long[] down) {
    return mid.length == 4 && mid[0] == up[1] && mid[1] == down[0] && product(down, 2) == 1;
  }

  private ModelException damaged(String fault, long[] up, long[] down, String tensor) {
    String matrices =
        fault.formatted(Arrays.toString(up), Arrays.toString(down), OneLine.of(tensor));
    return new ModelException(
        "%s: the matrices %s; the file is damaged: download it again"
            .formatted(file.path(), matrices));
  }

  /**
   * What it changes.
   *
   * @return the layers, in the file's order
   */
  Iterable<Layer> layers() {
    return layers.keySet();
  }

  /**
   * Tensors that belong to no layer.
   *
   * @return their names
   */
  List<String> unknown() {
    return unknown;
  }

  /**
   * Tells whether the file is one of peft's own, which keep alpha in another file beside them.
   *
   * @return whether nothing here tells alpha
   */
  boolean lacksAlpha() {
    return file.tensors().keySet().stream().anyMatch(LoraKeys::isPefts)
        && layers.values().stream().noneMatch(parts -> parts.containsKey(LoraKeys.Part.ALPHA))
        && scale.isEmpty();
  }

  /**
   * For which family of models it was made, as far as its layers tell.
   *
   * @return the family's name, for messages
   */
  Optional<String> family() {
    return LoraFamily.of(
        layers.keySet().stream().anyMatch(layer -> layer.component().equals("text_encoder_2")),
        layers.keySet().stream()
            .filter(layer -> layer.component().equals("unet"))
            .map(layer -> new LoraFamily.Seen(layer.name(), shape(layer)))
            .toList());
  }

  /**
   * A tensor's name, for messages.
   *
   * @param layer one of {@link #layers}
   * @return the name of its first matrix in the file
   */
  String tensor(Layer layer) {
    return layers.get(layer).get(LoraKeys.Part.DOWN);
  }

  /**
   * The shape that a layer's change has, as far as it is known.
   *
   * @param layer one of {@link #layers}
   * @return {@code [out, in]} or {@code [out, in, height, width]}
   */
  long[] shape(Layer layer) {
    Map<LoraKeys.Part, String> parts = layers.get(layer);
    long[] shape = shape(parts, LoraKeys.Part.DOWN).clone();
    long[] mid = shape(parts, LoraKeys.Part.MID);
    if (mid.length > 0) {
      shape = new long[] {0, shape[1], mid[2], mid[3]};
    }
    shape[0] = shape(parts, LoraKeys.Part.UP)[0];
    return shape;
  }

  /**
   * Tells whether a layer's change can be added to a weight: a 1x1 kernel and a matrix are the
   * same.
   *
   * @param layer one of {@link #layers}
   * @param weight the weight's shape
   * @return whether it fits
   */
  boolean fits(Layer layer, long[] weight) {
    return Arrays.equals(squeezed(shape(layer)), squeezed(weight));
  }

  private static long[] squeezed(long[] shape) {
    return product(shape, 2) == 1 ? Arrays.copyOf(shape, Math.min(2, shape.length)) : shape;
  }

  /**
   * Computes a layer's change, weight * alpha / rank * up @ down. Where neither a tensor nor the
   * header tells an alpha it is the rank.
   *
   * @param layer one of {@link #layers}
   * @param shape the shape of the weight
   * @param manager owns the result
   * @return what to add to the weight, float32, of its shape
   */
  NDArray delta(Layer layer, Shape shape, NDManager manager) {
    Map<LoraKeys.Part, String> parts = layers.get(layer);
    NDArray up = file.load(parts.get(LoraKeys.Part.UP), manager);
    NDArray down = file.load(parts.get(LoraKeys.Part.DOWN), manager);
    long rank = down.getShape().get(0);
    NDArray left = up.reshape(up.getShape().get(0), up.getShape().get(1));
    NDArray right = down.reshape(rank, -1);
    NDArray product =
        Optional.ofNullable(parts.get(LoraKeys.Part.MID))
            .map(mid -> throughKernel(left, file.load(mid, manager), right))
            .orElseGet(() -> left.matMul(right));
    return product.reshape(shape).mul((float) (choice.weight() * alphas.get(layer) / rank));
  }

  /** LoCon's change: the sum over p and q of up[o, p] mid[p, q, h, w] down[q, i]. */
  private static NDArray throughKernel(NDArray up, NDArray mid, NDArray down) {
    Shape kernel = mid.getShape();
    long positions = kernel.get(2) * kernel.get(3);
    NDArray rows = up.matMul(mid.reshape(kernel.get(0), -1)); // [out, q * h * w]
    return rows.reshape(up.getShape().get(0), kernel.get(1), positions)
        .transpose(0, 2, 1)
        .matMul(down) // [out, h * w, in]
        .transpose(0, 2, 1);
  }

  private long[] shape(Map<LoraKeys.Part, String> parts, LoraKeys.Part part) {
    return parts.containsKey(part) ? file.tensor(parts.get(part)).dimensions() : new long[0];
  }

  private static long product(long[] shape, int from) {
    return Arrays.stream(shape).skip(from).reduce(1, (a, b) -> a * b);
  }

  @Override
  public void close() {
    file.close();
  }
}
