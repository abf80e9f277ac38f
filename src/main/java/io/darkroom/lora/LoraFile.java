package io.darkroom.lora;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import io.darkroom.model.Component;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An open LoRA, or another adapter of its kin: which layers it changes, and how. */
final class LoraFile implements AutoCloseable {
  /** What the names of embeddings that come with a LoRA begin with. */
  private static final String BUNDLED = "bundle_emb.";

  private static final int BOFT_DIMENSIONS = 4;

  /**
   * A layer that the file changes.
   *
   * @param component such as {@code unet}
   * @param name the layer's flat name
   */
  record Layer(Component component, String name) {}

  /** Which of a layer's parameters is changed. */
  enum Parameter {
    WEIGHT,
    BIAS
  }

  /**
   * A change of one parameter.
   *
   * @param layer the layer
   * @param parameter which parameter of it
   * @param change the change
   * @param tensor the name of one of its tensors in the file, for messages
   */
  record Change(Layer layer, Parameter parameter, LayerChange change, String tensor) {}

  private final WeightsFile file;
  private final LoraChoice choice;
  private final Map<Layer, Map<Part, String>> layers = new LinkedHashMap<>();
  private final List<String> unknown = new ArrayList<>();
  private final LoraScale scale;
  private final List<Change> changes = new ArrayList<>();

  private LoraFile(WeightsFile file, LoraChoice choice) {
    this.file = file;
    this.choice = choice;
    this.scale = LoraScale.of(file);
    Map<String, long[]> shapes = file.shapes();
    refuseOtherKinds(shapes);
    for (String tensor : shapes.keySet()) {
      if (tensor.startsWith(BUNDLED)) {
        continue;
      }
      Optional<LoraKeys.Key> key = LoraKeys.read(tensor, shapes.keySet());
      if (key.isEmpty()) {
        unknown.add(tensor);
        continue;
      }
      layers
          .computeIfAbsent(
              new Layer(key.get().component(), key.get().layer()),
              layer -> new EnumMap<>(Part.class))
          .put(key.get().part(), tensor);
    }
    layers.values().removeIf(parts -> parts.keySet().equals(Set.of(Part.ALPHA)));
    if (layers.isEmpty()) {
      throw new ModelException(
          file.path()
              + ": is not a LoRA: none of its tensors has a name that is known from LoRAs"
              + (unknown.isEmpty() ? "" : ", such as " + OneLine.of(unknown.get(0))));
    }
    file.requireReadable(
        layers.values().stream().flatMap(parts -> parts.values().stream()).toList());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      layers.forEach((layer, parts) -> read(layer, tensors(parts, shapes), manager));
    }
  }

  /**
   * Opens a file and checks its layers.
   *
   * @param choice the file and its strength
   * @return the open file
   * @throws ModelException if it is missing, malformed, or of a kind that is not read
   */
  static LoraFile open(LoraChoice choice) {
    WeightsFile file = WeightsFormat.open(choice.file());
    try {
      return new LoraFile(file, choice);
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  private void refuseOtherKinds(Map<String, long[]> shapes) {
    shapes.forEach(
        (tensor, shape) -> {
          Optional<String> kind = LoraKeys.otherKind(tensor);
          if (kind.isEmpty() && tensor.endsWith(".oft_blocks") && shape.length == BOFT_DIMENSIONS) {
            kind = Optional.of("BOFT");
          }
          if (kind.isPresent()) {
            throw new ModelException(
                ("%s: is %s, which is not supported; LoRA, LoCon, DoRA, LoHa, LoKr, (IA)^3, OFT"
                        + " and full differences are")
                    .formatted(file.path(), kind.get()));
          }
        });
  }

  private LayerTensors tensors(Map<Part, String> parts, Map<String, long[]> shapes) {
    Map<Part, long[]> own = new EnumMap<>(Part.class);
    parts.forEach((part, name) -> own.put(part, shapes.get(name)));
    return new LayerTensors(file, parts, own);
  }

  // ---------------------------------------------------------------- kinds

  private void read(Layer layer, LayerTensors tensors, NDManager manager) {
    int before = changes.size();
    product(layer, tensors, manager)
        .ifPresent(
            change -> add(layer, Parameter.WEIGHT, decomposed(change, tensors), someOf(tensors)));
    if (tensors.has(Part.ROTATION)) {
      double constraint = tensors.has(Part.ALPHA) ? number(tensors.name(Part.ALPHA), manager) : 0;
      BlockRotation rotation = new BlockRotation(tensors, constraint);
      add(layer, Parameter.WEIGHT, rotation, tensors.name(Part.ROTATION));
    }
    if (tensors.has(Part.SCALING)) {
      int axis = number(tensors.name(Part.ON_INPUT), manager) == 0 ? 0 : 1;
      add(layer, Parameter.WEIGHT, new Rescaling(tensors, axis), tensors.name(Part.SCALING));
    }
    if (tensors.has(Part.DIFFERENCE)) {
      WholeDifference whole = new WholeDifference(tensors, Part.DIFFERENCE, 1);
      add(layer, Parameter.WEIGHT, whole, tensors.name(Part.DIFFERENCE));
    }
    if (tensors.has(Part.BIAS_DIFFERENCE)) {
      WholeDifference bias = new WholeDifference(tensors, Part.BIAS_DIFFERENCE, 1);
      add(layer, Parameter.BIAS, bias, tensors.name(Part.BIAS_DIFFERENCE));
    }
    if (changes.size() == before) {
      throw new ModelException(
          "%s: the layer of %s has no matrices; download it again"
              .formatted(file.path(), OneLine.of(someOf(tensors))));
    }
  }

  private void add(Layer layer, Parameter parameter, LayerChange change, String tensor) {
    changes.add(new Change(layer, parameter, change, tensor));
  }

  /** The kinds that have an alpha and a rank. */
  private Optional<LayerChange> product(Layer layer, LayerTensors tensors, NDManager manager) {
    if (tensors.hasAny(List.of(Part.UP, Part.DOWN))) {
      long[] down = tensors.shape(Part.DOWN);
      long rank = down.length == 0 ? 1 : down[0];
      boolean kernel =
          tensors.has(Part.MID) || (down.length > 2 && LayerChange.product(down, 2) > 1);
      double factor = scale(layer, tensors, rank, kernel, manager);
      LayerChange change = new LowRankProduct(tensors, factor, choice.strength().rank());
      if (tensors.has(Part.UP_BIAS)) {
        WholeDifference bias = new WholeDifference(tensors, Part.UP_BIAS, factor);
        add(layer, Parameter.BIAS, bias, tensors.name(Part.UP_BIAS));
      }
      return Optional.of(change);
    }
    if (tensors.hasAny(HadamardProduct.MATRICES)) {
      long rank = HadamardProduct.rank(tensors);
      boolean kernel = tensors.has(Part.HADAMARD_1_KERNEL);
      return Optional.of(
          new HadamardProduct(tensors, scale(layer, tensors, rank, kernel, manager)));
    }
    if (tensors.hasAny(KroneckerProduct.FACTORS)) {
      long rank = KroneckerProduct.rank(tensors);
      boolean kernel = tensors.has(Part.KRONECKER_2_KERNEL);
      double factor = rank == 0 ? 1 : scale(layer, tensors, rank, kernel, manager);
      return Optional.of(new KroneckerProduct(tensors, factor));
    }
    return Optional.empty();
  }

  private static LayerChange decomposed(LayerChange change, LayerTensors tensors) {
    for (Part magnitudes : List.of(Part.MAGNITUDE, Part.PEFT_MAGNITUDE)) {
      if (tensors.has(magnitudes)) {
        return new MagnitudeDecomposition(change, tensors, magnitudes);
      }
    }
    return change;
  }

  /** The factor alpha / rank; where nothing tells alpha, it is the rank. */
  private double scale(
      Layer layer, LayerTensors tensors, long rank, boolean kernel, NDManager manager) {
    double alpha =
        tensors.has(Part.ALPHA)
            ? number(tensors.name(Part.ALPHA), manager)
            : scale.alpha(layer, rank, kernel).orElse((double) rank);
    return alpha / Math.max(1, rank);
  }

  private double number(String name, NDManager manager) {
    try (NDArray value = file.load(name, manager)) {
      if (value.size() != 1) {
        throw new ModelException(
            "%s: %s is not a single number; the file is damaged: download it again"
                .formatted(file.path(), OneLine.of(name)));
      }
      double number = value.toArray()[0].doubleValue();
      if (!Double.isFinite(number)) {
        throw new ModelException(
            "%s: %s is %s; download it again".formatted(file.path(), OneLine.of(name), number));
      }
      return number;
    }
  }

  // ---------------------------------------------------------------- facts

  /** What it changes, in the file's order. */
  List<Change> changes() {
    return changes;
  }

  /** The names of tensors that belong to no layer. */
  List<String> unknown() {
    return unknown;
  }

  /**
   * Tells whether the file is one of peft's own, which keep alpha in another file beside them.
   *
   * @return whether nothing here tells alpha
   */
  boolean lacksAlpha() {
    return file.shapes().keySet().stream().anyMatch(LoraKeys::isPefts)
        && layers.values().stream().noneMatch(parts -> parts.containsKey(Part.ALPHA))
        && scale.isEmpty();
  }

  /**
   * For which family of models it was made, as far as its layers tell.
   *
   * @return the family's name, for messages
   */
  Optional<String> family() {
    return LoraFamily.of(
        layers.keySet().stream().anyMatch(layer -> layer.component() == Component.TEXT_ENCODER_2),
        changes.stream()
            .filter(change -> change.layer().component() == Component.UNET)
            .filter(change -> change.parameter() == Parameter.WEIGHT)
            .map(change -> new LoraFamily.Seen(change.layer().name(), change.change().shape()))
            .toList());
  }

  /** The first of a layer's names, as the one that stands for it. */
  private static String someOf(LayerTensors tensors) {
    return Optional.ofNullable(tensors.name(Part.DOWN))
        .orElseGet(() -> tensors.names().values().iterator().next());
  }

  @Override
  public void close() {
    file.close();
  }
}
