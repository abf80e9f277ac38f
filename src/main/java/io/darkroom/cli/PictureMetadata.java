package io.darkroom.cli;

import io.darkroom.checkpoint.LoraChoice;
import io.darkroom.checkpoint.LoraHash;
import io.darkroom.image.GenerationParameters;
import io.darkroom.image.Png;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.LoraTag;
import io.darkroom.text.PromptSyntax;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Puts into a picture's file how it was made. */
final class PictureMetadata {
  /** What AUTOMATIC1111's web UI writes where brackets mean nothing. */
  private static final String NO_EMPHASIS = "None";

  /** As many digits of an autoencoder's hash has the web UI's text. */
  private static final int SHORT_HASH = 10;

  private PictureMetadata() {}

  /**
   * The file's content.
   *
   * @param rendered the picture
   * @param pipeline what made it
   * @return the picture with a text for other tools, {@code parameters}, and one that lacks nothing
   *     to make the picture again, {@code darkroom}
   */
  static Png png(RenderedImage rendered, TextToImage pipeline) {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(GenerationParameters.KEYWORD, parameters(rendered.request(), pipeline).text());
    text.put(Recipe.KEYWORD, recipe(rendered.request(), pipeline).json().toString());
    return new Png(rendered.image(), text);
  }

  private static Recipe recipe(ImageRequest request, TextToImage pipeline) {
    Recipe.Builder recipe = new Recipe.Builder(Tool.DARKROOM);
    if (!pipeline.loras().isEmpty()) {
      recipe.with(Detail.LORAS, loras(pipeline));
      recipe.with(Detail.LORA_HASHES, hashes(pipeline, LoraChoice::name, LoraHash::file));
    }
    pipeline
        .separateAutoencoder()
        .ifPresent(vae -> recipe.with(Detail.VAE, vae.name()).with(Detail.VAE_HASH, vae.hash()));
    embeddings(request, pipeline, UnaryOperator.identity())
        .ifPresent(text -> recipe.with(Detail.EMBEDDINGS, text));
    // Told only where they count: earlier versions of Darkroom warn of what they do not know.
    if (!request.schedule().equals(ImageRequest.MODEL_SCHEDULE)) {
      recipe.with(Detail.SCHEDULE, Schedule.named(request.schedule()).optionName());
    }
    if (request.guidanceRescale() != 0) {
      recipe.with(Detail.GUIDANCE_RESCALE, request.guidanceRescale());
    }
    if (request.clipSkip() != 0) {
      recipe.with(Detail.CLIP_SKIP, request.clipSkip());
    }
    return recipe
        .with(Detail.PROMPT, request.prompt())
        .with(Detail.NEGATIVE_PROMPT, request.negativePrompt())
        .with(Detail.SEED, request.seed())
        .with(Detail.WIDTH, request.width())
        .with(Detail.HEIGHT, request.height())
        .with(Detail.STEPS, request.steps())
        .with(Detail.SAMPLER, SamplerKind.named(request.sampler()).optionName())
        .with(Detail.GUIDANCE_SCALE, request.guidanceScale())
        .with(Detail.ETA, request.eta())
        .with(Detail.PROMPT_SYNTAX, request.promptSyntax().optionName())
        .with(Detail.MODEL, pipeline.modelName())
        .with(Detail.MODEL_HASH, pipeline.modelHash())
        .with(Detail.DEVICE, pipeline.device())
        .with(Detail.DTYPE, pipeline.dtype())
        .with(Detail.VERSION, Version.text())
        .build();
  }

  private static GenerationParameters parameters(ImageRequest request, TextToImage pipeline) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("Steps", Integer.toString(request.steps()));
    settings.put("Sampler", SamplerKind.named(request.sampler()).displayName());
    if (!request.schedule().equals(ImageRequest.MODEL_SCHEDULE)) {
      settings.put("Schedule type", Schedule.named(request.schedule()).displayName());
    }
    settings.put("CFG scale", number(request.guidanceScale()));
    settings.put("Seed", Long.toString(request.seed()));
    settings.put("Size", request.width() + "x" + request.height());
    settings.put("Model hash", pipeline.modelHash());
    settings.put("Model", pipeline.modelName());
    pipeline
        .separateAutoencoder()
        .ifPresent(
            vae -> {
              settings.put("VAE hash", vae.hash().substring(0, SHORT_HASH));
              settings.put("VAE", vae.name());
            });
    if (request.guidanceRescale() != 0) {
      settings.put("CFG rescale", number(request.guidanceRescale()));
    }
    if (request.clipSkip() != 0) {
      settings.put("Clip skip", Integer.toString(request.clipSkip()));
    }
    if (request.eta() != 0) {
      settings.put("Eta DDIM", number(request.eta()));
    }
    if (!pipeline.loras().isEmpty()) {
      settings.put(
          "Lora hashes", hashes(pipeline, lora -> webUiName(lora.name()), LoraHash::webUi));
    }
    embeddings(request, pipeline, PictureMetadata::webUiName)
        .ifPresent(text -> settings.put("TI hashes", text));
    if (request.promptSyntax() == PromptSyntax.PLAIN) {
      settings.put("Emphasis", NO_EMPHASIS);
    }
    settings.put("Version", Version.text());
    return new GenerationParameters(
        promptWithLoras(request, pipeline), request.negativePrompt(), settings);
  }

  /**
   * The LoRAs, as the recipe tells them.
   *
   * @param pipeline what paints
   * @return their tags, in order; empty if there are none
   */
  static String loras(TextToImage pipeline) {
    return pipeline.loras().stream().map(LoraChoice::tag).collect(Collectors.joining(" "));
  }

  /** The LoRAs' files: {@code name: hash, ...}. */
  private static String hashes(
      TextToImage pipeline, Function<LoraChoice, String> name, Function<LoraHash, String> hash) {
    List<LoraHash> hashes = pipeline.loraHashes();
    return IntStream.range(0, hashes.size())
        .mapToObj(i -> name.apply(pipeline.loras().get(i)) + ": " + hash.apply(hashes.get(i)))
        .collect(Collectors.joining(", "));
  }

  /** Other tools know of a LoRA by the prompt: those that it does not name are added. */
  private static String promptWithLoras(ImageRequest request, TextToImage pipeline) {
    if (pipeline.loras().isEmpty()) {
      return request.prompt();
    }
    List<String> named = LoraTag.in(request.prompt()).stream().map(LoraTag::name).toList();
    StringBuilder prompt = new StringBuilder(request.prompt());
    for (LoraChoice lora : pipeline.loras()) {
      if (!named.contains(lora.name())) {
        prompt.append(' ').append(lora.tag());
      }
    }
    return prompt.toString();
  }

  /** The embeddings that a request's texts name, each with its hash. */
  private static Optional<String> embeddings(
      ImageRequest request, TextToImage pipeline, UnaryOperator<String> name) {
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
  static String webUiName(String name) {
    return name.replaceAll("[:,]", "");
  }

  /** The shortest form, as Python prints an int or a float: 7, 7.5. */
  private static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
