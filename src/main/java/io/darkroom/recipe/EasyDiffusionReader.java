package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.List;

/**
 * Reads the settings of Easy Diffusion, which stand as one text each in a PNG and as JSON in the
 * other formats, under their names in the program or in words.
 *
 * @see <a
 *     href="https://github.com/easydiffusion/easydiffusion/blob/main/ui/easydiffusion/utils/save_utils.py">the
 *     reference, {@code TASK_TEXT_MAPPING}</a>
 */
final class EasyDiffusionReader {
  private EasyDiffusionReader() {}

  /** Tells whether an object is Easy Diffusion's. */
  static boolean wrote(JsonObject json) {
    return json.has("use_stable_diffusion_model")
        || json.has("Stable Diffusion model")
        || (json.has("num_inference_steps") && json.has("sampler_name"));
  }

  /** Reads an object. */
  static Recipe read(JsonObject json) {
    Fields fields =
        new Fields(json, Tool.EASY_DIFFUSION)
            .take(Detail.PROMPT, "prompt", "Prompt")
            .take(Detail.NEGATIVE_PROMPT, "negative_prompt", "Negative Prompt")
            .take(Detail.SEED, "seed", "Seed")
            .take(Detail.WIDTH, "width", "Width")
            .take(Detail.HEIGHT, "height", "Height")
            .take(Detail.STEPS, "num_inference_steps", "Steps")
            .take(Detail.GUIDANCE_SCALE, "guidance_scale", "Guidance Scale")
            .take(Detail.SAMPLER, "sampler_name", "Sampler")
            .take(Detail.SCHEDULE, "scheduler_name", "Scheduler")
            .take(Detail.MODEL, "use_stable_diffusion_model", "Stable Diffusion model");
    String vae = fields.text("use_vae_model").or(() -> fields.text("VAE model")).orElse("");
    if (!vae.isEmpty() && !vae.equals("None")) {
      fields.recipe().with(Detail.VAE, vae);
    }
    // A switch, which leaves the last layer away.
    if (fields
        .text("clip_skip")
        .or(() -> fields.text("Clip Skip"))
        .orElse("")
        .equalsIgnoreCase("true")) {
      fields.recipe().with(Detail.CLIP_SKIP, 2);
    }
    List<JsonElement> weights = both(fields, "lora_alpha", "LoRA Strength");
    List<JsonElement> loras = both(fields, "use_lora_model", "LoRA model");
    for (int i = 0; i < loras.size(); i++) {
      if (loras.get(i) instanceof JsonPrimitive name && !name.getAsString().isBlank()) {
        double weight = i < weights.size() ? Fields.number(weights.get(i)).orElse(1.0) : 1;
        fields.recipe().lora(name.getAsString(), weight);
      }
    }
    return fields.drop("use_vae_model", "VAE model", "clip_skip", "Clip Skip").build();
  }

  private static List<JsonElement> both(Fields fields, String name, String words) {
    List<JsonElement> first = fields.takeList(name);
    return first.isEmpty() ? fields.takeList(words) : first;
  }
}
