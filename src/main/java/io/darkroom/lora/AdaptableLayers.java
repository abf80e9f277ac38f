package io.darkroom.lora;

import io.darkroom.base.ModelException;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelSource;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The layers of a model that a LoRA may change, read once: what they are called in every spelling,
 * and their weights' shapes.
 */
public final class AdaptableLayers {
  private final String model;
  private final Map<Component, Map<String, long[]>> shapes = new EnumMap<>(Component.class);
  private final Map<Component, Map<String, String>> names = new EnumMap<>(Component.class);

  private AdaptableLayers(String model) {
    this.model = model;
  }

  /**
   * Reads a model's layers.
   *
   * @param model the model
   * @param components those of its components that may be changed
   * @return their layers
   * @throws ModelException if a component's weights are missing or malformed
   */
  public static AdaptableLayers of(ModelSource model, List<Component> components) {
    AdaptableLayers layers = new AdaptableLayers(model.name());
    for (Component component : components) {
      try (ComponentWeights weights = model.weights(component)) {
        Map<String, long[]> shapes = weights.shapes();
        layers.shapes.put(component, shapes);
        layers.names.put(component, LoraKeys.layers(shapes.keySet()));
      }
    }
    return layers;
  }

  /** The model's name for people. */
  String model() {
    return model;
  }

  /**
   * Finds a layer's parameter.
   *
   * @param layer the layer, in any flat spelling
   * @param parameter which one of it
   * @return the parameter's name; empty if there is none
   */
  Optional<String> name(LoraFile.Layer layer, LoraFile.Parameter parameter) {
    Optional<String> weight =
        Optional.ofNullable(names.getOrDefault(layer.component(), Map.of()).get(layer.name()));
    return parameter == LoraFile.Parameter.WEIGHT
        ? weight
        : weight
            .map(name -> name.substring(0, name.length() - "weight".length()) + "bias")
            .filter(shapes.get(layer.component())::containsKey);
  }

  /** The shape of one of a component's parameters. */
  long[] shape(Component component, String weight) {
    return shapes.get(component).get(weight);
  }

  /** The model's family, for messages. */
  Optional<String> family() {
    Map<String, long[]> unet = shapes.getOrDefault(Component.UNET, Map.of());
    return LoraFamily.of(
        shapes.containsKey(Component.TEXT_ENCODER_2),
        unet.entrySet().stream()
            .filter(weight -> weight.getKey().endsWith(".weight"))
            .map(
                weight ->
                    new LoraFamily.Seen(
                        weight.getKey().replace('.', '_').replaceFirst("_weight$", ""),
                        weight.getValue()))
            .toList());
  }
}
