package io.darkroom.recipe;

import io.darkroom.image.GenerationParameters;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a text in the form of AUTOMATIC1111's web UI, which Forge, SD.Next, Civitai and many more
 * write as well, each with names of its own.
 */
final class WebUiReader {
  private static final Map<String, Detail> NAMES =
      Map.ofEntries(
          Map.entry("Steps", Detail.STEPS),
          Map.entry("Sampler", Detail.SAMPLER),
          Map.entry("Schedule type", Detail.SCHEDULE),
          Map.entry("CFG scale", Detail.GUIDANCE_SCALE),
          Map.entry("CFG rescale", Detail.GUIDANCE_RESCALE),
          Map.entry("Seed", Detail.SEED),
          Map.entry("Guidance interval", Detail.GUIDANCE_INTERVAL),
          Map.entry("Clip skip", Detail.CLIP_SKIP),
          Map.entry("Deep cache", Detail.DEEP_CACHE),
          Map.entry("Prediction", Detail.PREDICTION),
          Map.entry("Eta DDIM", Detail.ETA),
          Map.entry("TI hashes", Detail.EMBEDDINGS),
          Map.entry("Model", Detail.MODEL),
          Map.entry("Model hash", Detail.MODEL_HASH),
          Map.entry("Lora hashes", Detail.LORA_HASHES),
          Map.entry("VAE", Detail.VAE),
          Map.entry("VAE hash", Detail.VAE_HASH),
          Map.entry("Image CFG scale", Detail.IMAGE_GUIDANCE_SCALE),
          Map.entry("Tiling", Detail.SEAMLESS),
          Map.entry("Refiner switch at", Detail.REFINER_START),
          Map.entry("Version", Detail.VERSION));

  private static final Pattern SEED = Pattern.compile("\\d{1,20}");
  private static final Pattern SHARE = Pattern.compile("\\d?\\.?\\d{1,20}");

  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})x(\\d{1,9})");
  private static final Pattern NAME_AND_HASH =
      Pattern.compile("(\\S.*?)(?: \\[([0-9a-f]{10})\\])?");
  private static final Pattern LORA_WEIGHT =
      Pattern.compile("([^,:]+): (-?\\d{1,6}(?:\\.\\d{1,20})?)(?:, |$)");
  private static final String NO_EMPHASIS = "None";
  private static final String OWN_VERSION = "darkroom ";

  private WebUiReader() {}

  /**
   * Reads a text.
   *
   * @param text any text
   * @return the recipe; nothing if the text is a JSON object, which other tools put there
   */
  static Optional<Recipe> read(String text) {
    if (RecipeReader.object(text).isPresent()) {
      return Optional.empty();
    }
    GenerationParameters parameters = parse(text.replaceAll("\r\n?", "\n"));
    Map<String, String> settings = new LinkedHashMap<>(parameters.settings());
    Recipe.Builder recipe = new Recipe.Builder(tool(settings.getOrDefault("Version", "")));
    recipe.with(Detail.PROMPT, parameters.prompt());
    recipe.with(Detail.NEGATIVE_PROMPT, parameters.negativePrompt());
    settings
        .entrySet()
        .removeIf(
            setting ->
                NAMES.containsKey(setting.getKey())
                    && recipe.offerText(NAMES.get(setting.getKey()), setting.getValue()));
    if (NO_EMPHASIS.equals(settings.get("Emphasis"))) {
      recipe.with(Detail.PROMPT_SYNTAX, "plain");
      settings.remove("Emphasis");
    }
    Matcher size = SIZE.matcher(settings.getOrDefault("Size", ""));
    if (size.matches()
        && recipe.offerText(Detail.WIDTH, size.group(1))
        && recipe.offerText(Detail.HEIGHT, size.group(2))) {
      settings.remove("Size");
    }
    variation(settings, recipe);
    fooocusLoras(settings, recipe);
    HiresTexts.take(settings, recipe);
    Matcher refiner = NAME_AND_HASH.matcher(settings.getOrDefault("Refiner", ""));
    if (refiner.matches()) {
      recipe.with(Detail.REFINER, refiner.group(1));
      Optional.ofNullable(refiner.group(2))
          .ifPresent(hash -> recipe.with(Detail.REFINER_HASH, hash));
      settings.remove("Refiner");
    }
    settings.forEach(recipe::setting);
    return Optional.of(recipe.build());
  }

  private static void variation(Map<String, String> settings, Recipe.Builder recipe) {
    String seed = settings.getOrDefault("Variation seed", "");
    String strength = settings.getOrDefault("Variation seed strength", "");
    if (SEED.matcher(seed).matches() && SHARE.matcher(strength).matches()) {
      recipe.with(Detail.VARIATION, seed + ":" + strength);
      settings.remove("Variation seed");
      settings.remove("Variation seed strength");
    }
  }

  /** The web UI has tags in the prompt; Fooocus writes weights in this form alone. */
  private static void fooocusLoras(Map<String, String> settings, Recipe.Builder recipe) {
    Matcher lora = LORA_WEIGHT.matcher(settings.getOrDefault("Lora weights", ""));
    while (lora.find()) {
      recipe.lora(lora.group(1), Double.parseDouble(lora.group(2)));
      settings.remove("Lora weights");
    }
  }

  private static Tool tool(String version) {
    if (version.startsWith(OWN_VERSION)) {
      return Tool.DARKROOM;
    }
    if (version.startsWith("Fooocus")) {
      return Tool.FOOOCUS;
    }
    return version.startsWith("stable-diffusion.cpp")
        ? Tool.STABLE_DIFFUSION_CPP
        : Tool.AUTOMATIC1111;
  }

  /**
   * Some extensions write lines of their own, such as <i>Template: ...</i>, behind the line of
   * settings, which is the last one otherwise.
   */
  private static GenerationParameters parse(String text) {
    return Stream.of(text.stripTrailing(), upToSettings(text))
        .map(GenerationParameters::parse)
        .filter(parameters -> !parameters.settings().isEmpty())
        .findFirst()
        .orElseGet(() -> GenerationParameters.parse(text));
  }

  private static String upToSettings(String text) {
    int line = ("\n" + text).lastIndexOf("\nSteps: ");
    int end = line < 0 ? -1 : text.indexOf('\n', line);
    return end < 0 ? text : text.substring(0, end);
  }
}
