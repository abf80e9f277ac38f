package io.darkroom.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The LoRAs that are merged into a model as its weights are loaded. Opening holds every file
 * against the model's layers; a weight's change is computed in float32 when the weight is loaded,
 * and costs nothing afterwards.
 */
public final class Adapters implements AutoCloseable {
  private static final int NAMED = 3;

  /** The width of the text embedding tells the families apart. */
  private static final Map<Long, String> FAMILIES =
      Map.of(768L, "Stable Diffusion 1.x", 1024L, "Stable Diffusion 2.x", 2048L, "SDXL");

  private record Change(LoraFile file, LoraFile.Layer layer) {}

  private final List<LoraChoice> choices;
  private final List<LoraFile> files = new ArrayList<>();
  private final Map<String, Map<String, List<Change>>> changes = new HashMap<>();
  private final List<String> warnings = new ArrayList<>();

  private Adapters(List<LoraChoice> choices) {
    this.choices = List.copyOf(choices);
  }

  /**
   * Opens LoRAs for a model.
   *
   * @param choices the files and their weights, in the order in which they are added
   * @param model the model
   * @param components those of its components that may be changed
   * @return what to merge; the caller closes it
   * @throws ModelException if a file is missing, malformed, no plain LoRA, for a model of another
   *     family, or if two have one name
   */
  public static Adapters open(
      List<LoraChoice> choices, ModelSource model, List<String> components) {
    Adapters adapters = new Adapters(choices);
    if (choices.isEmpty()) {
      return adapters;
    }
    try {
      Map<String, Map<String, long[]>> shapes = new HashMap<>();
      for (String component : components) {
        try (ComponentWeights weights = model.weights(component)) {
          shapes.put(component, weights.shapes());
        }
      }
      Set<String> names = new HashSet<>();
      for (LoraChoice choice : choices) {
        if (!names.add(choice.name())) {
          throw new ModelException(
              choice.file()
                  + ": there are two LoRAs of the name "
                  + OneLine.of(choice.name())
                  + "; give each once, or rename one");
        }
        adapters.add(choice, shapes, model.name());
      }
      return adapters;
    } catch (RuntimeException failure) {
      adapters.close();
      throw failure;
    }
  }

  private void add(LoraChoice choice, Map<String, Map<String, long[]>> shapes, String model) {
    LoraFile file = LoraFile.open(choice);
    files.add(file);
    Map<String, Map<String, String>> names = new HashMap<>();
    shapes.forEach((component, weights) -> names.put(component, LoraKeys.layers(weights.keySet())));
    List<String> unmatched = new ArrayList<>(file.unknown());
    int matched = 0;
    for (LoraFile.Layer layer : file.layers()) {
      String weight = names.getOrDefault(layer.component(), Map.of()).get(layer.name());
      if (weight == null) {
        unmatched.add(file.tensor(layer));
        continue;
      }
      long[] shape = shapes.get(layer.component()).get(weight);
      if (!file.fits(layer, shape)) {
        throw new ModelException(
            "%s: does not fit the model %s%s: %s changes a weight of shape %s, but %s has %s"
                .formatted(
                    choice.file(),
                    OneLine.of(model),
                    family(file),
                    OneLine.of(file.tensor(layer)),
                    java.util.Arrays.toString(file.shape(layer)),
                    weight,
                    java.util.Arrays.toString(shape)));
      }
      matched++;
      if (choice.weight() != 0) {
        changes
            .computeIfAbsent(layer.component(), name -> new HashMap<>())
            .computeIfAbsent(weight, name -> new ArrayList<>())
            .add(new Change(file, layer));
      }
    }
    if (matched == 0) {
      throw new ModelException(
          "%s: is for a model of another family than %s%s: no layer of it is there, such as %s"
              .formatted(
                  choice.file(), OneLine.of(model), family(file), OneLine.of(unmatched.get(0))));
    }
    if (!unmatched.isEmpty()) {
      warnings.add(
          "%s: %d of its layers match nothing in the model and have no effect: %s%s"
              .formatted(
                  choice.file(),
                  unmatched.size(),
                  OneLine.of(
                      String.join(", ", unmatched.subList(0, Math.min(NAMED, unmatched.size())))),
                  unmatched.size() > NAMED ? ", ..." : ""));
    }
  }

  /** For which family a LoRA was made, as far as its text width and its blocks tell. */
  private static String family(LoraFile file) {
    Optional<String> family = Optional.empty();
    for (LoraFile.Layer layer : file.layers()) {
      if (layer.name().matches(".*attn2_to_[kv]") && family.isEmpty()) {
        family = Optional.ofNullable(FAMILIES.get(file.shape(layer)[1]));
      } else if (layer.component().equals("text_encoder_2")) {
        family = Optional.of("SDXL");
      } else if (layer.name().matches(".*(double_blocks|single_transformer_blocks)_.*")) {
        family = Optional.of("Flux");
      } else if (layer.name().matches(".*joint_blocks_.*")) {
        family = Optional.of("Stable Diffusion 3");
      }
    }
    return family.map(name -> " (it is one for " + name + ")").orElse("");
  }

  /**
   * What is merged.
   *
   * @return the files and their weights
   */
  public List<LoraChoice> choices() {
    return choices;
  }

  /**
   * What the user should know.
   *
   * @return a line for each file of which parts have no effect
   */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Adds the changes to weights as they are loaded.
   *
   * @param component such as {@code unet}
   * @param weights the component's own weights
   * @return gives a changed weight in float32; one that nothing changes as {@link
   *     ComponentWeights#lend} does
   */
  public BiFunction<String, NDManager, NDArray> merging(
      String component, ComponentWeights weights) {
    Map<String, List<Change>> merged = changes.getOrDefault(component, Map.of());
    return (name, manager) -> {
      if (!merged.containsKey(name)) {
        return weights.lend(name, manager);
      }
      NDArray weight = weights.load(name, manager);
      for (Change change : merged.get(name)) {
        weight = weight.add(change.file().delta(change.layer(), weight.getShape(), manager));
      }
      return weight;
    };
  }

  /**
   * Tells the changed model from all others. Reads the files.
   *
   * @param model the fingerprint of the model itself
   * @return 64 hexadecimal digits; the model's own where nothing changes it
   * @throws ModelException if a file cannot be read
   */
  public String fingerprint(String model) {
    StringBuilder content = new StringBuilder(model);
    boolean changed = false;
    for (LoraChoice choice : choices) {
      if (choice.weight() != 0) {
        changed = true;
        try {
          content.append("\nlora ").append(Sha256.of(choice.file()));
        } catch (IOException failure) {
          throw new ModelException(choice.file() + ": cannot be read: " + failure, failure);
        }
        content.append(' ').append(choice.weight());
      }
    }
    return changed ? Sha256.of(content.toString()) : model;
  }

  @Override
  public void close() {
    files.forEach(LoraFile::close);
  }
}
