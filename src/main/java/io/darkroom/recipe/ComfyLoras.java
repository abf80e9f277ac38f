package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.recipe.ComfyGraph.Node;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads the LoRAs of a node of ComfyUI, in the three forms that there are: one LoRA ({@code
 * LoraLoader}), an object for each ({@code Power Lora Loader (rgthree)}), numbered names and
 * weights (stacks of many extensions).
 *
 * @param node any node
 */
record ComfyLoras(Node node) {
  private static final Pattern NUMBERED = Pattern.compile("lora(?:_name)?_(\\d{1,2})");

  /**
   * Adds the node's LoRAs.
   *
   * @param recipe takes them
   * @return whether the node is one that has LoRAs, be they switched off or not
   */
  boolean addTo(Recipe.Builder recipe) {
    Optional<String> single = text("lora_name");
    single.ifPresent(
        name ->
            add(
                recipe,
                name,
                weight("strength_model", "strength", "lora_weight"),
                weight("strength_clip")));
    boolean any = single.isPresent();
    for (String input : node.inputs().keySet()) {
      Matcher numbered = NUMBERED.matcher(input);
      if (numbered.matches()) {
        addNumbered(recipe, input, numbered.group(1));
        any = true;
      }
    }
    return any || node.type().contains("Lora") || node.type().contains("LoRA");
  }

  private void addNumbered(Recipe.Builder recipe, String input, String number) {
    JsonElement value = node.inputs().get(input);
    if (value instanceof JsonObject lora) {
      boolean on = !(lora.get("on") instanceof JsonPrimitive state) || state.getAsBoolean();
      Optional<Double> model = Fields.number(lora.get("strength"));
      Optional<Double> text = Fields.number(lora.get("strengthTwo"));
      Fields.name(lora, "lora")
          .filter(name -> on)
          .ifPresent(name -> add(recipe, name, model, text));
      return;
    }
    boolean on = !text("switch_" + number).orElse("On").equalsIgnoreCase("Off");
    text(input)
        .filter(name -> on)
        .ifPresent(
            name ->
                add(
                    recipe,
                    name,
                    weight(
                        "model_weight_" + number,
                        "strength_" + number,
                        "model_str_" + number,
                        "lora_wt_" + number),
                    weight("clip_weight_" + number, "clip_str_" + number)));
  }

  private static void add(
      Recipe.Builder recipe, String name, Optional<Double> model, Optional<Double> text) {
    double weight = model.orElse(1.0);
    recipe.lora(name, weight);
    text.filter(other -> other != weight)
        .ifPresent(
            other ->
                recipe.leftOut(
                    "the weight %s of the LoRA '%s' in the text encoder: %s is used there, too"
                        .formatted(other, name, weight)));
  }

  private Optional<String> text(String input) {
    return node.value(input).filter(JsonPrimitive::isString).map(JsonPrimitive::getAsString);
  }

  private Optional<Double> weight(String... inputs) {
    return Stream.of(inputs)
        .map(node.inputs()::get)
        .map(Fields::number)
        .flatMap(Optional::stream)
        .findFirst();
  }
}
