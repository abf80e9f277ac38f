package io.darkroom.recipe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Reads the JSON of Fooocus and its kin. Its other scheme is AUTOMATIC1111's form.
 *
 * @see <a href="https://github.com/lllyasviel/Fooocus/blob/main/modules/meta_parser.py">the
 *     reference, {@code FooocusMetadataParser}</a>
 */
final class FooocusReader {
  private static final int MOST_LORAS = 32;

  private FooocusReader() {}

  /** Tells whether an object, or what stands beside it, is Fooocus's. */
  static boolean wrote(JsonObject json, Map<String, String> texts) {
    return texts
            .getOrDefault("fooocus_scheme", texts.getOrDefault("MakerNote", ""))
            .equals("fooocus")
        || json.has("metadata_scheme")
        || (json.has("base_model") && json.has("guidance_scale"));
  }

  /** Reads an object. */
  static Recipe read(JsonObject json) {
    Fields fields = new Fields(json, Tool.FOOOCUS);
    // With its styles spelled out; the prompt as it was typed has only their names.
    full(fields, "full_prompt", Detail.PROMPT);
    full(fields, "full_negative_prompt", Detail.NEGATIVE_PROMPT);
    fields
        .take(Detail.PROMPT, "prompt", "Prompt")
        .take(Detail.NEGATIVE_PROMPT, "negative_prompt", "Negative Prompt")
        .take(Detail.STEPS, "steps", "Steps")
        .take(Detail.GUIDANCE_SCALE, "guidance_scale", "Guidance Scale")
        .take(Detail.SAMPLER, "sampler", "Sampler")
        .take(Detail.SCHEDULE, "scheduler", "Scheduler")
        .take(Detail.SEED, "seed", "Seed")
        .take(Detail.CLIP_SKIP, "clip_skip")
        .take(Detail.MODEL, "base_model", "Base Model")
        .take(Detail.MODEL_HASH, "base_model_hash")
        .take(Detail.VERSION, "version", "Version")
        .takeSize("resolution")
        .takeSize("Resolution");
    fields
        .text("vae")
        .filter(vae -> !vae.isEmpty() && !vae.startsWith("Default"))
        .ifPresent(vae -> fields.recipe().with(Detail.VAE, vae));
    loras(fields);
    return fields.drop("vae", "styles", "metadata_scheme", "prompt", "negative_prompt").build();
  }

  private static void full(Fields fields, String name, Detail detail) {
    List<JsonElement> parts = fields.takeList(name);
    if (!parts.isEmpty()) {
      fields
          .recipe()
          .with(
              detail,
              parts.stream()
                  .filter(JsonPrimitive.class::isInstance)
                  .map(JsonElement::getAsString)
                  .collect(Collectors.joining(", ")));
    }
  }

  /** Each as name, weight, hash; older versions have only {@code name : weight}. */
  private static void loras(Fields fields) {
    List<JsonElement> loras = fields.takeList("loras");
    for (JsonElement lora : loras) {
      if (lora instanceof JsonArray parts
          && parts.size() >= 2
          && parts.get(0) instanceof JsonPrimitive name) {
        fields.recipe().lora(name.getAsString(), Fields.number(parts.get(1)).orElse(1.0));
      }
    }
    for (int i = 1; i <= MOST_LORAS; i++) {
      String key = "lora_combined_" + i;
      String[] parts = fields.text(key).orElse("").split(" : ", 0);
      fields.drop(key);
      if (loras.isEmpty() && parts.length >= 2) {
        double weight = Fields.number(new JsonPrimitive(parts[parts.length - 1])).orElse(1.0);
        if (!parts[0].equals("False")) { // switched off, where a third part says so
          fields.recipe().lora(parts[parts.length - 2], weight);
        }
      }
    }
  }
}
