package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.model.TextSlot.Output;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kind of model that Darkroom runs: of which components it is made, and how they work together.
 * Whatever differs between kinds is asked here.
 *
 * @see <a href="https://github.com/huggingface/diffusers">diffusers</a>, whose pipeline classes the
 *     facts are from
 */
public enum ModelKind {
  /** Stable Diffusion 1 and 2, which differ in the sizes of their networks alone. */
  STABLE_DIFFUSION(
      "Stable Diffusion 1 or 2",
      List.of(
          "StableDiffusionPipeline",
          "StableDiffusionImg2ImgPipeline",
          "StableDiffusionInpaintPipeline",
          "StableDiffusionInstructPix2PixPipeline",
          "LatentConsistencyModelPipeline",
          "LatentConsistencyModelImg2ImgPipeline"),
      List.of(new TextSlot(Component.TEXT_ENCODER, Component.TOKENIZER, Output.LAST)),
      0.18215),
  /** Stable Diffusion XL, whose U-Net is told the pooled text and sizes beside the text. */
  STABLE_DIFFUSION_XL(
      "Stable Diffusion XL",
      List.of(
          "StableDiffusionXLPipeline",
          "StableDiffusionXLImg2ImgPipeline",
          "StableDiffusionXLInpaintPipeline"),
      List.of(
          new TextSlot(Component.TEXT_ENCODER, Component.TOKENIZER, Output.PENULTIMATE),
          new TextSlot(
              Component.TEXT_ENCODER_2, Component.TOKENIZER_2, Output.PENULTIMATE_AND_POOLED)),
      0.13025),
  /**
   * The refiner of Stable Diffusion XL, which goes on with a picture or with another model's
   * latents (Podell et al., arXiv 2307.01952, section 2.5). It has SDXL's second text encoder
   * alone, and is told an aesthetic score in place of the target's size. Diffusers has no class for
   * it: {@link PipelineFamily} tells it from the base.
   */
  STABLE_DIFFUSION_XL_REFINER(
      "Stable Diffusion XL refiner",
      List.of("StableDiffusionXLImg2ImgPipeline"),
      List.of(
          new TextSlot(
              Component.TEXT_ENCODER_2, Component.TOKENIZER_2, Output.PENULTIMATE_AND_POOLED)),
      0.13025),
  /** Stable Diffusion's upscaler, which sees the small picture, noised, beside the latents. */
  STABLE_DIFFUSION_UPSCALER(
      "Stable Diffusion x4 upscaler",
      List.of("StableDiffusionUpscalePipeline"),
      List.of(new TextSlot(Component.TEXT_ENCODER, Component.TOKENIZER, Output.LAST)),
      0.08333,
      Component.AUTOENCODER,
      Optional.of(
          new Enlarging(4, Resizing.BICUBIC, Optional.of(Component.LOW_RES_SCHEDULER), 75, 9))),
  /** The super-resolution of Rombach et al., arXiv 2112.10752, section 4.4. */
  LATENT_SUPER_RESOLUTION(
      "latent diffusion super-resolution",
      List.of("LDMSuperResolutionPipeline"),
      List.of(),
      1,
      Component.VQ_AUTOENCODER,
      Optional.of(new Enlarging(32, Resizing.LANCZOS, Optional.empty(), 100, 1)));

  /** How a picture is brought to a size that an upscaler takes. */
  public enum Resizing {
    /** Pillow's {@code BICUBIC}. */
    BICUBIC,
    /** Pillow's {@code LANCZOS}. */
    LANCZOS
  }

  /**
   * How models of a kind enlarge pictures, as diffusers' pipelines for them do it.
   *
   * @param multiple what the small picture's sides must be multiples of
   * @param resizing how they become that
   * @param noising the schedule by which the small picture is noised, if it is
   * @param steps denoising steps where nobody says another number
   * @param guidanceScale likewise
   */
  public record Enlarging(
      int multiple,
      Resizing resizing,
      Optional<Component> noising,
      int steps,
      double guidanceScale) {
    /** Channels of the small picture, which the U-Net sees behind the latents. */
    public static final int PICTURE_CHANNELS = 3;

    /** How a model likes to be used that does not say it, as {@code darkroom.json} has it. */
    JsonObject wishes() {
      JsonObject wishes = new JsonObject();
      wishes.addProperty("steps", steps);
      wishes.addProperty("guidance_scale", guidanceScale);
      return wishes;
    }
  }

  private final String title;
  private final List<String> pipelines;
  private final List<TextSlot> textSlots;
  private final double latentScale;
  private final Component autoencoder;
  private final Optional<Enlarging> enlarging;

  ModelKind(String title, List<String> pipelines, List<TextSlot> textSlots, double latentScale) {
    this(title, pipelines, textSlots, latentScale, Component.AUTOENCODER, Optional.empty());
  }

  ModelKind(
      String title,
      List<String> pipelines,
      List<TextSlot> textSlots,
      double latentScale,
      Component autoencoder,
      Optional<Enlarging> enlarging) {
    this.title = title;
    this.pipelines = pipelines;
    this.textSlots = textSlots;
    this.latentScale = latentScale;
    this.autoencoder = autoencoder;
    this.enlarging = enlarging;
  }

  /**
   * Finds the kind of a model in diffusers' layout, but for the refiner.
   *
   * @param pipeline the class that its {@code model_index.json} names. A class for image to image
   *     or inpainting holds the same components as the kind's class for text to image.
   * @return the kind; empty if Darkroom runs no such models
   */
  public static Optional<ModelKind> ofPipeline(String pipeline) {
    return Arrays.stream(values()).filter(kind -> kind.pipelines.contains(pipeline)).findFirst();
  }

  /**
   * What people call it.
   *
   * @return such as {@code Stable Diffusion XL}
   */
  public String title() {
    return title;
  }

  /**
   * The kind's class in diffusers; where it has several, that for text to image.
   *
   * @return the class's name
   */
  public String pipeline() {
    return pipelines.get(0);
  }

  /**
   * Its text encoders, in the order in which their hidden states are joined.
   *
   * @return one or more
   */
  public List<TextSlot> textSlots() {
    return textSlots;
  }

  /**
   * The autoencoder.
   *
   * @return its component
   */
  public Component autoencoder() {
    return autoencoder;
  }

  /**
   * How its models enlarge pictures, where they do nothing else.
   *
   * @return the facts; empty for models that paint
   */
  public Optional<Enlarging> enlarging() {
    return enlarging;
  }

  /**
   * The components with weights.
   *
   * @return U-Net, autoencoder, text encoders
   */
  public List<Component> networks() {
    return Stream.concat(
            Stream.of(Component.UNET, autoencoder), textSlots.stream().map(TextSlot::encoder))
        .toList();
  }

  /**
   * The networks that a LoRA may change.
   *
   * @return U-Net, text encoders
   */
  public List<Component> adaptableNetworks() {
    return networks().stream().filter(component -> component != autoencoder).toList();
  }

  /**
   * The tokenizers.
   *
   * @return one for each text encoder
   */
  public List<Component> tokenizers() {
    return textSlots.stream().map(TextSlot::tokenizer).toList();
  }

  /**
   * The components that have a config.
   *
   * @return networks and schedulers
   */
  public List<Component> configured() {
    return Stream.concat(networks().stream(), schedulers().stream()).toList();
  }

  /**
   * The noise schedules.
   *
   * @return that of the latents; of some upscalers also that of the small picture
   */
  public List<Component> schedulers() {
    return Stream.concat(
            Stream.of(Component.SCHEDULER), enlarging.flatMap(Enlarging::noising).stream())
        .toList();
  }

  /**
   * What latents are multiplied by after the encoder, where the autoencoder does not tell: a tiny
   * autoencoder takes them as the U-Net has them.
   *
   * @return the usual {@code scaling_factor} of this kind
   */
  public double latentScale() {
    return latentScale;
  }

  /**
   * Tells whether the U-Net is told the pooled text and sizes of the picture ({@code
   * addition_embed_type} {@code text_time}).
   *
   * @return whether it is
   */
  public boolean addsTextAndSizes() {
    return textSlots.stream().anyMatch(slot -> slot.output().isPooled());
  }

  /**
   * Tells whether zeros stand for a negative prompt where there is none and the model does not say
   * it ({@code force_zeros_for_empty_prompt}). Else the empty text stands for it.
   *
   * @return whether zeros do
   */
  public boolean zeroesNoNegative() {
    return this == STABLE_DIFFUSION_XL;
  }

  /**
   * Tells whether the model only goes on with what another one began.
   *
   * @return whether it cannot make a picture of a prompt alone
   */
  public boolean isRefiner() {
    return this == STABLE_DIFFUSION_XL_REFINER;
  }

  /**
   * Tells whether the last of the numbers that the U-Net hears is an aesthetic score, and not the
   * target's size ({@code requires_aesthetics_score}).
   *
   * @return whether it is
   */
  public boolean hearsAestheticScore() {
    return isRefiner();
  }

  /**
   * Tells whether an autoencoder that overflows in half precision ({@code force_upcast}) computes
   * in float32. Diffusers' pipelines for Stable Diffusion XL and for the upscaler alone heed this
   * setting.
   *
   * @return whether it does
   */
  public boolean heedsForceUpcast() {
    return addsTextAndSizes() || this == STABLE_DIFFUSION_UPSCALER;
  }
}
