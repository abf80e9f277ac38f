package io.darkroom.cli.output;

import io.darkroom.base.PlainNumber;
import io.darkroom.cli.console.Version;
import io.darkroom.image.GenerationParameters;
import io.darkroom.image.Png;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraHash;
import io.darkroom.lora.LoraTag;
import io.darkroom.pipeline.LoraMerging;
import io.darkroom.pipeline.ModelDescription;
import io.darkroom.pipeline.PromptReading;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.HiresTexts;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.request.GuidanceSettings;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePictures;
import io.darkroom.text.PromptSyntax;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Puts into a picture's file how it was made. */
public final class PictureMetadata {
  /** What AUTOMATIC1111's web UI writes where brackets mean nothing. */
  private static final String NO_EMPHASIS = "None";

  /** As many digits of an autoencoder's hash has the web UI's text. */
  private static final int SHORT_HASH = 10;

  /** What stands at the head of the text, as the web UI has it. */
  private static final List<Setting<?>> NAMED_BEFORE =
      List.of(Setting.STEPS, Setting.SAMPLER, Setting.SCHEDULE, Setting.GUIDANCE_SCALE);

  /** The order of earlier versions. */
  private static final List<Setting<?>> NAMED_FIRST =
      List.of(
          Setting.GUIDANCE_RESCALE,
          Setting.GUIDANCE_INTERVAL,
          Setting.DEEP_CACHE,
          Setting.CLIP_SKIP,
          Setting.PREDICTION,
          Setting.ETA);

  private static final String REFINER = "Refiner";
  private static final String REFINER_START = "Refiner switch at";

  private PictureMetadata() {}

  /**
   * The file's content.
   *
   * @param rendered the picture
   * @param pipeline what made it
   * @return the picture with a text for other tools, {@code parameters}, and one that lacks nothing
   *     to make the picture again, {@code darkroom}
   */
  public static Png png(RenderedImage rendered, TextToImage pipeline) {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(GenerationParameters.KEYWORD, parameters(rendered.request(), pipeline).text());
    text.put(Recipe.KEYWORD, recipe(rendered.request(), pipeline).json().toString());
    return new Png(rendered.image(), text);
  }

  private static Recipe recipe(ImageRequest request, TextToImage pipeline) {
    PictureSettings settings = request.settings();
    Recipe.Builder recipe = new Recipe.Builder(Tool.DARKROOM);
    if (!pipeline.loras().isEmpty()) {
      recipe.with(Detail.LORAS, loras(pipeline));
      recipe.with(Detail.LORA_HASHES, hashes(pipeline, LoraChoice::name, LoraHash::file));
    }
    pipeline
        .separateAutoencoder()
        .ifPresent(vae -> recipe.with(Detail.VAE, vae.name()).with(Detail.VAE_HASH, vae.hash()));
    if (isRefined(request, pipeline)) {
      pipeline
          .refiner()
          .ifPresent(
              model ->
                  recipe
                      .with(Detail.REFINER, model.name())
                      .with(Detail.REFINER_HASH, model.hash()));
    }
    embeddings(request, pipeline, UnaryOperator.identity())
        .ifPresent(text -> recipe.with(Detail.EMBEDDINGS, text));
    // Told only where they count: earlier versions of Darkroom warn of what they do not know.
    if (request.hasEmptyNegativePrompt() && pipeline.tellsEmptyNegativePromptApart()) {
      recipe.with(Detail.EMPTY_NEGATIVE_PROMPT, RequestFields.ENCODED);
    }
    for (Setting<?> setting : Setting.ALL) {
      Optional<Detail> detail = Detail.find(setting.key());
      if (detail.isPresent() && !settings.goesWithoutSaying(setting)) {
        settings.written(setting).ifPresent(value -> recipe.with(detail.get(), value));
      }
    }
    SourcePictures.hashes(request.start())
        .forEach((key, hash) -> recipe.with(Detail.find(key).orElseThrow(), hash));
    pipeline.upscalerHash(request).ifPresent(hash -> recipe.with(Detail.HIRES_UPSCALER_HASH, hash));
    return recipe
        .with(Detail.PROMPT, request.prompt())
        .with(Detail.NEGATIVE_PROMPT, request.negativeText())
        .with(Detail.SEED, request.seed())
        .with(Detail.PROMPT_SYNTAX, request.promptSyntax().optionName())
        .with(Detail.MODEL, pipeline.modelName())
        .with(Detail.MODEL_HASH, pipeline.modelHash())
        .with(Detail.DEVICE, pipeline.device())
        .with(Detail.DTYPE, pipeline.dtype())
        .with(Detail.VERSION, Version.text())
        .build();
  }

  private static double refinerStart(PictureSettings settings) {
    return settings.get(Setting.REFINER_START).orElseThrow();
  }

  /**
   * Tells whether a refiner made the end of a picture.
   *
   * @param request the picture's
   * @param pipeline what made it
   * @return whether there is one, and its share leaves it a step
   */
  static boolean isRefined(ImageRequest request, ModelDescription pipeline) {
    return pipeline.refiner().isPresent() && refinerStart(request.settings()) < 1;
  }

  private static GenerationParameters parameters(ImageRequest request, TextToImage pipeline) {
    PictureSettings settings = request.settings();
    GuidanceSettings guidance = settings.guidance();
    Map<String, String> named = new LinkedHashMap<>();
    named.put("Steps", Integer.toString(settings.steps()));
    named.put("Sampler", settings.sampler().displayName());
    if (!settings.goesWithoutSaying(Setting.SCHEDULE)) {
      named.put("Schedule type", settings.schedule().displayName());
    }
    named.put("CFG scale", PlainNumber.of(guidance.scale()));
    named.put("Seed", Long.toString(request.seed()));
    named.put("Size", settings.width() + "x" + settings.height());
    named.put("Model hash", pipeline.modelHash());
    named.put("Model", pipeline.modelName());
    pipeline
        .separateAutoencoder()
        .ifPresent(
            vae -> {
              named.put("VAE hash", vae.hash().substring(0, SHORT_HASH));
              named.put("VAE", vae.name());
            });
    Stream.concat(NAMED_FIRST.stream(), Setting.ALL.stream())
        .distinct()
        .filter(setting -> setting.webUiName().filter(name -> !named.containsKey(name)).isPresent())
        .filter(setting -> !settings.goesWithoutSaying(setting) && !NAMED_BEFORE.contains(setting))
        .forEach(setting -> put(setting, settings, named));
    settings
        .get(Setting.VARIATION)
        .ifPresent(
            variation -> {
              named.put("Variation seed", Long.toString(variation.seed()));
              named.put("Variation seed strength", PlainNumber.of(variation.strength()));
            });
    settings
        .get(Setting.HIRES)
        .ifPresent(
            hires ->
                HiresTexts.add(
                    hires.toString(),
                    PlainNumber.of(settings.get(Setting.HIRES_STRENGTH).orElseThrow()),
                    settings.get(Setting.HIRES_UPSCALER).orElseThrow().toString(),
                    named));
    if (isRefined(request, pipeline)) {
      pipeline
          .refiner()
          .ifPresent(
              model -> {
                named.put(REFINER, "%s [%s]".formatted(model.name(), model.hash()));
                named.put(REFINER_START, PlainNumber.of(refinerStart(settings)));
              });
    }
    if (!pipeline.loras().isEmpty()) {
      named.put("Lora hashes", hashes(pipeline, lora -> webUiName(lora.name()), LoraHash::webUi));
    }
    embeddings(request, pipeline, PictureMetadata::webUiName)
        .ifPresent(text -> named.put("TI hashes", text));
    if (request.promptSyntax() == PromptSyntax.PLAIN) {
      named.put("Emphasis", NO_EMPHASIS);
    }
    named.put("Version", Version.text());
    return new GenerationParameters(
        promptWithLoras(request, pipeline), request.negativeText(), named);
  }

  /** An eta of 0 goes without saying there. */
  private static <T> void put(
      Setting<T> setting, PictureSettings settings, Map<String, String> named) {
    settings
        .get(setting)
        .map(setting::write)
        .map(value -> value.isNumber() ? PlainNumber.of(value.getAsDouble()) : value.getAsString())
        .filter(text -> !setting.equals(Setting.ETA) || !text.equals("0"))
        .ifPresent(text -> named.put(setting.webUiName().orElseThrow(), text));
  }

  /**
   * The LoRAs, as the recipe tells them.
   *
   * @param pipeline what paints
   * @return their tags, in order; empty if there are none
   */
  public static String loras(LoraMerging pipeline) {
    return pipeline.loras().stream().map(LoraChoice::tag).collect(Collectors.joining(" "));
  }

  /** The LoRAs' files: {@code name: hash, ...}. */
  private static String hashes(
      LoraMerging pipeline, Function<LoraChoice, String> name, Function<LoraHash, String> hash) {
    List<LoraHash> hashes = pipeline.loraHashes();
    return IntStream.range(0, hashes.size())
        .mapToObj(i -> name.apply(pipeline.loras().get(i)) + ": " + hash.apply(hashes.get(i)))
        .collect(Collectors.joining(", "));
  }

  /** Other tools know of a LoRA by the prompt: those that it does not name are added. */
  private static String promptWithLoras(ImageRequest request, LoraMerging pipeline) {
    if (pipeline.loras().isEmpty()) {
      return request.prompt();
    }
    List<String> named = LoraTag.in(request.prompt()).stream().map(LoraTag::name).toList();
    StringBuilder prompt = new StringBuilder(request.prompt());
    for (LoraChoice lora : pipeline.loras()) {
      if (named.stream().noneMatch(lora::isCalled)) {
        prompt.append(' ').append(lora.tag());
      }
    }
    return prompt.toString();
  }

  /** The embeddings that a request's texts name, each with its hash. */
  private static Optional<String> embeddings(
      ImageRequest request, PromptReading pipeline, UnaryOperator<String> name) {
    return pipeline.embeddings(request).entrySet().stream()
        .map(entry -> name.apply(entry.getKey()) + ": " + entry.getValue())
        .reduce((first, second) -> first + ", " + second);
  }

  /**
   * An embedding's name as AUTOMATIC1111's web UI writes it, whose list knows no quotes.
   *
   * @param name any name
   * @return the name without colons and commas
   * @see <a
   *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/sd_hijack_clip.py">the
   *     reference, {@code forward}</a>
   */
  public static String webUiName(String name) {
    return name.replaceAll("[:,]", "");
  }
}
