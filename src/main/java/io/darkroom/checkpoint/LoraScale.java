package io.darkroom.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import java.io.StringReader;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The alphas of a LoRA that has no tensors for them but a header that tells: peft's settings, as
 * diffusers writes them since 0.34, for each component {@code lora_alpha}, exceptions by layer in
 * {@code alpha_pattern}, and {@code use_rslora} (Kalajdzievski, arXiv 2312.03732) where alpha is
 * divided by the root of the rank.
 *
 * @see <a
 *     href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/loaders/lora_base.py">
 *     {@code LORA_ADAPTER_METADATA_KEY}</a>
 */
final class LoraScale {
  private static final String KEY = "lora_adapter_metadata";

  /** A model has some hundred layers, each of which may be an exception. */
  private static final int MOST_VALUES = 100_000;

  private final JsonObject settings;

  private LoraScale(JsonObject settings) {
    this.settings = settings;
  }

  /**
   * Reads a header's texts.
   *
   * @param file the LoRA
   * @return what they tell, perhaps nothing
   * @throws ModelException if they are malformed
   */
  static LoraScale of(SafetensorsFile file) {
    String text = file.metadata().getOrDefault(KEY, "{}");
    try {
      JsonReader json = new BoundedJsonReader(new StringReader(text), MOST_VALUES);
      return new LoraScale(JsonParser.parseReader(json).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      throw new ModelException(
          file.path() + ": its " + KEY + " is no JSON object; download it again", e);
    }
  }

  /** Tells whether the header says nothing. */
  boolean isEmpty() {
    return settings.size() == 0;
  }

  /**
   * A layer's alpha.
   *
   * @param layer the layer
   * @param rank its rank
   * @return alpha, so that the change is alpha / rank * up @ down; empty if nothing is told
   */
  OptionalDouble alpha(LoraFile.Layer layer, long rank) {
    OptionalDouble alpha = number(layer.component() + ".lora_alpha");
    JsonElement exceptions = settings.get(layer.component() + ".alpha_pattern");
    if (exceptions != null && exceptions.isJsonObject()) {
      for (Map.Entry<String, JsonElement> exception : exceptions.getAsJsonObject().entrySet()) {
        if (isEnd(exception.getKey().replace('.', '_'), layer.name())) {
          alpha = number(exception.getValue());
        }
      }
    }
    JsonElement rooted = settings.get(layer.component() + ".use_rslora");
    boolean byRoot = rooted != null && rooted.toString().equals("true");
    return byRoot && alpha.isPresent()
        ? OptionalDouble.of(alpha.getAsDouble() * Math.sqrt(rank))
        : alpha;
  }

  private static boolean isEnd(String end, String layer) {
    return layer.equals(end) || layer.endsWith("_" + end);
  }

  private OptionalDouble number(String key) {
    return settings.has(key) ? number(settings.get(key)) : OptionalDouble.empty();
  }

  private static OptionalDouble number(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()
        ? OptionalDouble.of(value.getAsDouble())
        : OptionalDouble.empty();
  }
}
