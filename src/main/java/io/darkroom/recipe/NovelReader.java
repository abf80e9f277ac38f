package io.darkroom.recipe;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;

/** Reads the JSON that NovelAI writes as a picture's comment. */
final class NovelReader {
  private NovelReader() {}

  /** Tells whether an object, or what stands beside it, is NovelAI's. */
  static boolean wrote(JsonObject json, Map<String, String> texts) {
    return texts.getOrDefault("Software", "").startsWith("NovelAI")
        || (json.has("uc") && json.has("scale") && json.has("sampler") && !json.has("c"));
  }

  /** Reads an object; the model stands beside it. */
  static Recipe read(JsonObject json, Map<String, String> texts) {
    Fields fields =
        new Fields(json, Tool.NOVELAI)
            .take(Detail.PROMPT, "prompt")
            .take(Detail.NEGATIVE_PROMPT, "uc")
            .take(Detail.SEED, "seed")
            .take(Detail.WIDTH, "width")
            .take(Detail.HEIGHT, "height")
            .take(Detail.STEPS, "steps")
            .take(Detail.GUIDANCE_SCALE, "scale")
            .take(Detail.GUIDANCE_RESCALE, "cfg_rescale")
            .drop("signed_hash", "request_type", "v4_prompt", "v4_negative_prompt");
    fields
        .text("sampler")
        .ifPresent(name -> fields.recipe().with(Detail.SAMPLER, name.replaceFirst("^k_", "")));
    fields
        .text("noise_schedule")
        .filter(name -> !name.equals("native"))
        .ifPresent(name -> fields.recipe().with(Detail.SCHEDULE, name));
    Optional.ofNullable(texts.get("Source"))
        .ifPresent(source -> fields.recipe().with(Detail.MODEL, source));
    if (texts.getOrDefault("Description", "").matches("(?s).*(\\{|::).*")) {
      fields.recipe().leftOut("NovelAI's own emphasis, {} and ::, which counts as text");
    }
    return fields.drop("sampler", "noise_schedule").build();
  }
}
