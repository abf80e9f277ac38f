package io.darkroom.recipe;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what InvokeAI wrote in its three ages: a command line, an object around the picture's own,
 * and today's.
 *
 * @see <a
 *     href="https://github.com/invoke-ai/InvokeAI/blob/main/invokeai/app/invocations/metadata.py">the
 *     reference, {@code CoreMetadataInvocation}</a>
 */
final class InvokeReader {
  static final String KEYWORD = "invokeai_metadata";
  static final String OLD_KEYWORD = "sd-metadata";
  static final String COMMAND_KEYWORD = "Dream";

  private static final Pattern COMMAND =
      Pattern.compile("(?s)\\s*(?:!\\w+\\s+)?\"((?:\\\\.|[^\"\\\\])*)\"(.*)");
  private static final Pattern SWITCH = Pattern.compile("-([sSWHCA])\\s*([^\\s-]\\S*)");
  private static final Map<String, Detail> SWITCHES =
      Map.of(
          "s", Detail.STEPS,
          "S", Detail.SEED,
          "W", Detail.WIDTH,
          "H", Detail.HEIGHT,
          "C", Detail.GUIDANCE_SCALE,
          "A", Detail.SAMPLER);

  /** In the first ages the negative prompt stood in brackets behind the prompt. */
  private static final Pattern NEGATIVE = Pattern.compile("(?s)(.*?)\\s*\\[([^\\[\\]]*)]\\s*");

  private InvokeReader() {}

  /** Reads today's text. */
  static Optional<Recipe> read(String text) {
    return RecipeReader.object(text).map(InvokeReader::read);
  }

  private static Recipe read(JsonObject json) {
    Fields fields =
        new Fields(json, Tool.INVOKEAI)
            .take(Detail.PROMPT, "positive_prompt")
            .take(Detail.NEGATIVE_PROMPT, "negative_prompt")
            .take(Detail.SEED, "seed")
            .take(Detail.WIDTH, "width")
            .take(Detail.HEIGHT, "height")
            .take(Detail.STEPS, "steps")
            .take(Detail.GUIDANCE_SCALE, "cfg_scale")
            .take(Detail.GUIDANCE_RESCALE, "cfg_rescale_multiplier")
            .take(Detail.VERSION, "app_version");
    fields.text("scheduler").ifPresent(name -> sampler(fields.recipe(), name));
    fields
        .number("clip_skip")
        .filter(skipped -> skipped > 0)
        .ifPresent(skipped -> clipSkip(fields.recipe(), skipped));
    model(fields, "model").ifPresent(name -> fields.recipe().with(Detail.MODEL, name));
    model(fields, "vae").ifPresent(name -> fields.recipe().with(Detail.VAE, name));
    for (JsonElement lora : fields.takeList("loras")) {
      JsonObject object = lora instanceof JsonObject found ? found : new JsonObject();
      Fields.name(object.get("model"), "name", "model_name")
          .or(() -> Fields.name(object.get("lora"), "name", "model_name"))
          .ifPresent(
              name -> fields.recipe().lora(name, Fields.number(object.get("weight")).orElse(1.0)));
    }
    return fields.drop("scheduler", "clip_skip", "model", "vae").build();
  }

  /** A name with {@code _k} behind it has Karras's noise levels. */
  private static void sampler(Recipe.Builder recipe, String name) {
    boolean karras = name.endsWith("_k");
    recipe.with(Detail.SAMPLER, karras ? name.substring(0, name.length() - 2) : name);
    if (karras) {
      recipe.with(Detail.SCHEDULE, "karras");
    }
  }

  /** InvokeAI counts the layers that are left away, Darkroom the one that counts. */
  private static void clipSkip(Recipe.Builder recipe, double skipped) {
    recipe.offerText(Detail.CLIP_SKIP, Double.toString(skipped + 1));
  }

  private static Optional<String> model(Fields fields, String name) {
    return fields.object(name).flatMap(model -> Fields.name(model, "name", "model_name"));
  }

  /** Reads the text of version 2. */
  static Optional<Recipe> readOld(String text) {
    Optional<JsonObject> whole = RecipeReader.object(text);
    return whole
        .map(json -> json.get("image"))
        .filter(JsonObject.class::isInstance)
        .map(image -> readOld(whole.get(), image.getAsJsonObject()));
  }

  private static Recipe readOld(JsonObject whole, JsonObject image) {
    List<String> prompts = new ArrayList<>();
    if (image.get("prompt") instanceof JsonArray parts) {
      parts.forEach(part -> Fields.name(part, "prompt").ifPresent(prompts::add));
    } else if (image.get("prompt") instanceof JsonPrimitive prompt) {
      prompts.add(prompt.getAsString());
    }
    image.remove("prompt");
    Fields fields =
        new Fields(image, Tool.INVOKEAI)
            .take(Detail.SEED, "seed")
            .take(Detail.WIDTH, "width")
            .take(Detail.HEIGHT, "height")
            .take(Detail.STEPS, "steps")
            .take(Detail.GUIDANCE_SCALE, "cfg_scale")
            .take(Detail.SAMPLER, "sampler")
            .drop("type", "postprocessing", "orig_hash", "extra");
    prompt(fields.recipe(), String.join(", ", prompts));
    Fields.name(whole, "model_weights", "model")
        .ifPresent(model -> fields.recipe().with(Detail.MODEL, model));
    Fields.name(whole, "app_version")
        .ifPresent(version -> fields.recipe().with(Detail.VERSION, version));
    return fields.build();
  }

  /** Reads the command line of the first version. */
  static Optional<Recipe> readCommand(String text) {
    Matcher command = COMMAND.matcher(text);
    if (!command.matches()) {
      return Optional.empty();
    }
    Recipe.Builder recipe = new Recipe.Builder(Tool.INVOKEAI);
    prompt(recipe, command.group(1).replaceAll("\\\\(.)", "$1"));
    Matcher switches = SWITCH.matcher(command.group(2));
    while (switches.find()) {
      if (!recipe.offerText(SWITCHES.get(switches.group(1)), switches.group(2))) {
        recipe.setting("-" + switches.group(1), switches.group(2));
      }
    }
    return Optional.of(recipe.build());
  }

  private static void prompt(Recipe.Builder recipe, String text) {
    Matcher negative = NEGATIVE.matcher(text);
    boolean both = negative.matches();
    recipe.with(Detail.PROMPT, both ? negative.group(1) : text);
    recipe.with(Detail.NEGATIVE_PROMPT, both ? negative.group(2) : "");
  }
}
