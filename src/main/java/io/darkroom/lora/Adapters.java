package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import io.darkroom.base.Sha256;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The LoRAs that are merged into a model as its weights are loaded. Opening holds every file
 * against the model's layers; a weight's change is computed in float32 when the weight is loaded,
 * and costs nothing afterwards.
 */
public final class Adapters implements AutoCloseable {
  private static final int NAMED = 3;

  private record Change(LayerChange change, double strength) {}

  private final List<LoraChoice> choices;
  private final List<LoraFile> files = new ArrayList<>();
  private final Map<Component, Map<String, List<Change>>> changes = new EnumMap<>(Component.class);
  private final List<String> warnings = new ArrayList<>();

  private Adapters(List<LoraChoice> choices) {
    this.choices = List.copyOf(choices);
  }

  /**
   * Nothing that is merged.
   *
   * @return adapters that leave every model as it is
   */
  public static Adapters none() {
    return new Adapters(List.of());
  }

  /**
   * Opens LoRAs for a model.
   *
   * @param choices the files and their weights, in the order in which they are added
   * @param model what they may change
   * @return what to merge; the caller closes it
   * @throws ModelException if a file is missing, malformed, of a kind that is not read, for a model
   *     of another family, or if two have one name
   */
  public static Adapters open(List<LoraChoice> choices, AdaptableLayers model) {
    Adapters adapters = new Adapters(choices);
    try {
      Set<String> names = new HashSet<>();
      for (LoraChoice choice : choices) {
        if (!names.add(choice.name())) {
          throw new ModelException(
              choice.file()
                  + ": two LoRAs have the name "
                  + OneLine.of(choice.name())
                  + "; give each of them once, or rename one");
        }
        adapters.add(choice, model);
      }
      return adapters;
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(adapters, failure);
      throw failure;
    }
  }

  private void add(LoraChoice choice, AdaptableLayers model) {
    LoraFile file = LoraFile.open(choice);
    files.add(file);
    List<String> unmatched = new ArrayList<>(file.unknown());
    int matched = 0;
    for (LoraFile.Change change : file.changes()) {
      Component component = change.layer().component();
      Optional<String> found = model.name(change.layer(), change.parameter());
      if (found.isEmpty()) {
        unmatched.add(change.tensor());
        continue;
      }
      String name = found.get();
      long[] shape = model.shape(component, name);
      if (!change.change().fits(shape)) {
        throw new ModelException(
            "%s: does not fit the model %s: %s changes a weight of shape %s, but %s has %s"
                .formatted(
                    choice.file(),
                    families(file, model),
                    OneLine.of(change.tensor()),
                    Arrays.toString(change.change().shape()),
                    name,
                    Arrays.toString(shape)));
      }
      matched++;
      double strength = choice.strength().in(component);
      if (strength != 0) {
        changes
            .computeIfAbsent(component, all -> new HashMap<>())
            .computeIfAbsent(name, all -> new ArrayList<>())
            .add(new Change(change.change(), strength));
      }
    }
    if (matched == 0) {
      throw new ModelException(
          "%s: is not for the model %s, which has none of its layers, such as %s"
              .formatted(choice.file(), families(file, model), OneLine.of(unmatched.get(0))));
    }
    if (file.lacksAlpha()) {
      warnings.add(
          choice.file()
              + ": its alpha is in peft's adapter_config.json, which is not beside it, so the"
              + " rank is used instead; put that file there, or give the weight lora_alpha /"
              + " r");
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

  /** The model's name with its family and the LoRA's, where they can be told and differ. */
  private static String families(LoraFile file, AdaptableLayers model) {
    String name = OneLine.of(model.model());
    Optional<String> ours = model.family();
    Optional<String> theirs = file.family().filter(family -> !ours.equals(Optional.of(family)));
    if (theirs.isEmpty()) {
      return name;
    }
    return "%s (it is a LoRA for %s%s)"
        .formatted(name, theirs.get(), ours.map(family -> ", the model is " + family).orElse(""));
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
      Component component, ComponentWeights weights) {
    Map<String, List<Change>> merged = changes.getOrDefault(component, Map.of());
    return (name, manager) -> {
      if (!merged.containsKey(name)) {
        return weights.lend(name, manager);
      }
      NDArray weight = weights.load(name, manager);
      for (Change change : merged.get(name)) {
        // What is computed on the way is freed each time: some of it is as large as the weight.
        try (NDArray before = weight;
            NDManager scratch = manager.newSubManager()) {
          weight = before.add(change.change().delta(before, change.strength(), scratch));
        }
      }
      return weight;
    };
  }

  /**
   * Tells a changed model from all others.
   *
   * @param model the fingerprint of the model itself
   * @param choices what is merged, in order
   * @param hashes gives a file's hash
   * @return 64 hexadecimal digits; the model's own where nothing changes it
   * @throws ModelException if a file cannot be read
   */
  public static String fingerprint(
      String model, List<LoraChoice> choices, Function<Path, LoraHash> hashes) {
    StringBuilder content = new StringBuilder(model);
    boolean changed = false;
    for (LoraChoice choice : choices) {
      if (!choice.strength().isNothing()) {
        changed = true;
        content.append("\nlora ").append(hashes.apply(choice.file()).file());
        content.append(' ').append(fingerprint(choice.strength()));
        LoraScale.config(choice.file())
            .ifPresent(config -> content.append(' ').append(Sha256.ofModelFile(config)));
      }
    }
    return changed ? Sha256.of(content.toString()) : model;
  }

  /** As pictures from before there were two strengths have it. */
  private static String fingerprint(LoraStrength strength) {
    StringBuilder text = new StringBuilder().append(strength.textEncoders());
    if (strength.unet() != strength.textEncoders()) {
      text.append(" unet ").append(strength.unet());
    }
    strength.rank().ifPresent(rank -> text.append(" rank ").append(rank));
    return text.toString();
  }

  @Override
  public void close() {
    OpenResources.closeAll(files);
  }
}
