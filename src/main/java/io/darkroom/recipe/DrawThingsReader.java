package io.darkroom.recipe;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the JSON that Draw Things writes as a user comment in XMP or EXIF. */
final class DrawThingsReader {
  private static final Pattern SPREAD = Pattern.compile("(.*?) (Trailing|AYS|Substep|Karras)");
  private static final Map<String, String> SCHEDULES =
      Map.of("Trailing", "trailing", "AYS", "ays", "Karras", "karras", "Substep", "");

  private DrawThingsReader() {}

  /** Tells whether an object, or what stands beside it, is of Draw Things. */
  static boolean wrote(JsonObject json, Map<String, String> texts) {
    return texts.getOrDefault("Software", "").startsWith("Draw Things")
        || (json.has("c") && json.has("uc") && json.has("scale"));
  }

  /** Reads an object. */
  static Recipe read(JsonObject json) {
    Fields fields =
        new Fields(json, Tool.DRAW_THINGS)
            .take(Detail.PROMPT, "c")
            .take(Detail.NEGATIVE_PROMPT, "uc")
            .take(Detail.SEED, "seed")
            .take(Detail.STEPS, "steps")
            .take(Detail.GUIDANCE_SCALE, "scale")
            .take(Detail.CLIP_SKIP, "clip_skip")
            .take(Detail.MODEL, "model")
            .takeSize("size");
    fields.text("sampler").ifPresent(name -> sampler(fields.recipe(), name));
    List<JsonElement> loras = fields.takeList("lora");
    if (loras.isEmpty()) {
      loras =
          fields
              .object("v2")
              .map(v2 -> new Fields(v2, Tool.DRAW_THINGS).takeList("loras"))
              .orElse(List.of());
    }
    for (JsonElement lora : loras) {
      Fields.name(lora, "model", "file")
          .ifPresent(
              name ->
                  fields
                      .recipe()
                      .lora(name, Fields.number(lora.getAsJsonObject().get("weight")).orElse(1.0)));
    }
    return fields.drop("v2", "sampler").build();
  }

  private static void sampler(Recipe.Builder recipe, String name) {
    Matcher spread = SPREAD.matcher(name);
    if (!spread.matches()) {
      recipe.with(Detail.SAMPLER, name);
      return;
    }
    recipe.with(Detail.SAMPLER, spread.group(1));
    String schedule = SCHEDULES.get(spread.group(2));
    if (!schedule.isEmpty()) {
      recipe.with(Detail.SCHEDULE, schedule);
    }
  }
}
