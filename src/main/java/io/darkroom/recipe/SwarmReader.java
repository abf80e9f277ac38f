package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;

/**
 * Reads the JSON of SwarmUI.
 *
 * @see <a
 *     href="https://github.com/mcmonkeyprojects/SwarmUI/blob/master/docs/Image%20Metadata%20Format.md">its
 *     description</a>
 */
final class SwarmReader {
  static final String PARAMETERS = "sui_image_params";

  private SwarmReader() {}

  /** Reads the parameters. */
  static Recipe read(JsonObject json) {
    Fields fields =
        new Fields(json, Tool.SWARMUI)
            .take(Detail.PROMPT, "prompt")
            .take(Detail.NEGATIVE_PROMPT, "negativeprompt")
            .take(Detail.SEED, "seed")
            .take(Detail.STEPS, "steps")
            .take(Detail.GUIDANCE_SCALE, "cfgscale")
            .take(Detail.WIDTH, "width")
            .take(Detail.HEIGHT, "height")
            .take(Detail.SAMPLER, "sampler", "comfyuisampler")
            .take(Detail.SCHEDULE, "scheduler", "comfyuischeduler")
            .take(Detail.MODEL, "model")
            .take(Detail.VERSION, "swarm_version");
    fields
        .text("vae")
        .filter(vae -> !vae.equals("Automatic") && !vae.equals("None"))
        .ifPresent(vae -> fields.recipe().with(Detail.VAE, vae));
    // -1 is the last layer, -2 the one before it.
    fields
        .number("clipstopatlayer")
        .ifPresent(layer -> fields.recipe().offerText(Detail.CLIP_SKIP, Double.toString(-layer)));
    List<JsonElement> weights = fields.takeList("loraweights");
    List<JsonElement> loras = fields.takeList("loras");
    for (int i = 0; i < loras.size(); i++) {
      if (loras.get(i) instanceof JsonPrimitive name) {
        double weight = i < weights.size() ? Fields.number(weights.get(i)).orElse(1.0) : 1;
        fields.recipe().lora(name.getAsString(), weight);
      }
    }
    return fields.drop("vae", "clipstopatlayer").build();
  }
}
