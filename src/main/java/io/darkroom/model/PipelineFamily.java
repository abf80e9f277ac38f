package io.darkroom.model;

import com.google.gson.JsonArray;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The kind of a diffusion model in diffusers' layout, by the pipeline class that its {@code
 * model_index.json} names. What is run and what is refused is decided here, before a download as
 * before a model is opened.
 *
 * @param name for people
 * @param pipeline the class's name
 * @param kind what Darkroom runs it as; empty if Darkroom does not run such models
 */
public record PipelineFamily(String name, String pipeline, Optional<ModelKind> kind) {
  /** Upscalers of one file, which are no pipeline of diffusers. */
  public static final PipelineFamily ESRGAN =
      new PipelineFamily("ESRGAN upscaler", "RRDBNet", Optional.empty());

  private static final String LATENT_CONSISTENCY = "LatentConsistency";

  /** Names of families by the beginning of their classes' names. */
  private static final List<Map.Entry<String, String>> NAMES =
      List.of(
          Map.entry("Flux", "FLUX"),
          Map.entry("StableDiffusion3", "Stable Diffusion 3"),
          Map.entry("StableCascade", "Stable Cascade"),
          Map.entry("Wuerstchen", "Würstchen"),
          Map.entry("StableVideo", "Stable Video Diffusion"),
          Map.entry("PixArt", "PixArt"),
          Map.entry("Kandinsky", "Kandinsky"),
          Map.entry("HunyuanDiT", "Hunyuan-DiT"),
          Map.entry("AuraFlow", "AuraFlow"),
          Map.entry("Sana", "Sana"),
          Map.entry("Lumina", "Lumina"),
          Map.entry("QwenImage", "Qwen-Image"),
          Map.entry("IF", "DeepFloyd IF"),
          Map.entry("StableDiffusionXL", ModelKind.STABLE_DIFFUSION_XL.title()),
          Map.entry("StableDiffusionUpscale", ModelKind.STABLE_DIFFUSION_UPSCALER.title()),
          Map.entry("StableDiffusionLatentUpscale", "Stable Diffusion latent upscaler"),
          Map.entry("LDMSuperResolution", ModelKind.LATENT_SUPER_RESOLUTION.title()),
          Map.entry("StableDiffusion", ModelKind.STABLE_DIFFUSION.title()),
          Map.entry(LATENT_CONSISTENCY, ModelKind.STABLE_DIFFUSION.title()));

  /**
   * Tells the family of a model.
   *
   * @param index its {@code model_index.json}
   * @return the family
   * @throws ModelException if the index names no class
   */
  public static PipelineFamily of(JsonConfig index) {
    String pipeline = index.text("_class_name");
    String name =
        NAMES.stream()
            .filter(family -> pipeline.startsWith(family.getKey()))
            .findFirst()
            .map(Map.Entry::getValue)
            .orElse(OneLine.of(pipeline));
    Optional<ModelKind> kind = ModelKind.ofPipeline(pipeline);
    return kind.isPresent() && isRefiner(kind.get(), index)
        ? new PipelineFamily(
            ModelKind.STABLE_DIFFUSION_XL_REFINER.title(),
            pipeline,
            Optional.of(ModelKind.STABLE_DIFFUSION_XL_REFINER))
        : new PipelineFamily(name, pipeline, kind);
  }

  /** The refiner has a class that the base may have, too, but not the base's first text encoder. */
  private static boolean isRefiner(ModelKind kind, JsonConfig index) {
    return kind == ModelKind.STABLE_DIFFUSION_XL
        && (isEmpty(index, Component.TEXT_ENCODER)
            || (index.has("requires_aesthetics_score") && index.flag("requires_aesthetics_score")));
  }

  /** A component that the model lacks is null, or a list of nulls. */
  private static boolean isEmpty(JsonConfig index, Component component) {
    String key = component.folder();
    return index.json().has(key)
        && (!index.has(key)
            || (index.json().get(key) instanceof JsonArray names
                && (names.isEmpty() || names.get(names.size() - 1).isJsonNull())));
  }

  /**
   * Tells whether Darkroom runs such models.
   *
   * @return whether it does, as far as the class tells
   */
  public boolean isSupported() {
    return kind.isPresent() || equals(ESRGAN);
  }

  /**
   * Tells whether such models enlarge pictures and do not paint any.
   *
   * @return whether they do
   */
  public boolean enlarges() {
    return equals(ESRGAN) || kind.flatMap(ModelKind::enlarging).isPresent();
  }

  /**
   * The components with weights.
   *
   * @return as {@link ModelKind#networks} has them; empty if Darkroom does not run such models
   */
  public List<Component> networks() {
    return kind.map(ModelKind::networks).orElse(List.of());
  }

  /**
   * Tells whether the model was distilled to paint in a few steps, with its guidance built in.
   *
   * @return whether it is a latent consistency model
   */
  public boolean isLatentConsistency() {
    return pipeline.startsWith(LATENT_CONSISTENCY);
  }

  /**
   * Refuses a model that Darkroom does not run.
   *
   * @param model what to call it in the message
   * @return the kind of the model
   * @throws ModelException if it is of such a family
   */
  public ModelKind require(String model) {
    return kind.orElseThrow(
        () ->
            new ModelException(
                "%s is a %s model (%s); Darkroom runs Stable Diffusion 1, 2 and XL"
                    .formatted(model, name, OneLine.of(pipeline))));
  }

  /**
   * Refuses a U-Net that sees something that nobody can give it, such as the depth. One for
   * inpainting sees a mask and the latents of the masked picture beside the latents themselves, one
   * for instructions the latents of the picture that it changes.
   *
   * @param model what to call the model in the message
   * @param kind the model's kind; an upscaler's U-Net sees the small picture
   * @param unet {@code unet/config.json}
   * @throws ModelException if it is such a one
   */
  public static void requireKnownInput(String model, ModelKind kind, JsonConfig unet) {
    if (kind.enlarging().isPresent()) {
      return; // what it sees beside the latents is held against the autoencoder
    }
    int in = unet.integer("in_channels", 4);
    int out = unet.integer("out_channels", 4);
    if (in != out && in != 2 * out && in != 2 * out + 1) {
      throw new ModelException(
          ("%s: its U-Net has in_channels %d and out_channels %d; Darkroom runs models for text"
                  + " to image, for inpainting and for instructions, not for depth")
              .formatted(model, in, out));
    }
  }
}
