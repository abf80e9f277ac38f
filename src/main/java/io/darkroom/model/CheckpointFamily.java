package io.darkroom.model;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.weights.StoredWeight;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A family of models that people publish as one file in the layout of the original latent diffusion
 * code: how its file is told from others, where its parts are, and the settings that no file tells.
 *
 * <p>The settings are those of each family's usual model: Stable Diffusion 1.5; 2.1, which predicts
 * the velocity at 768x768; SDXL base and refiner 1.0; the x4 upscaler. Whether a file of Stable
 * Diffusion 2 predicts the noise instead (the {@code base} models, 512x512) cannot be told from its
 * weights; where {@link ToldPrediction} finds nothing beside them, velocity is taken as diffusers'
 * {@code from_single_file} does, and a config says otherwise.
 */
public enum CheckpointFamily {
  /** Stable Diffusion 1.x. */
  STABLE_DIFFUSION_1(ModelKind.STABLE_DIFFUSION, "Stable Diffusion 1.x", "stable-diffusion-1.json"),
  /** Stable Diffusion 2.x. */
  STABLE_DIFFUSION_2(ModelKind.STABLE_DIFFUSION, "Stable Diffusion 2.x", "stable-diffusion-2.json"),
  /** Stable Diffusion XL. */
  STABLE_DIFFUSION_XL(
      ModelKind.STABLE_DIFFUSION_XL,
      ModelKind.STABLE_DIFFUSION_XL.title(),
      "stable-diffusion-xl.json"),
  /** The refiner of Stable Diffusion XL. */
  STABLE_DIFFUSION_XL_REFINER(
      ModelKind.STABLE_DIFFUSION_XL_REFINER,
      ModelKind.STABLE_DIFFUSION_XL_REFINER.title(),
      "stable-diffusion-xl-refiner.json"),
  /** Stable Diffusion's upscaler. */
  STABLE_DIFFUSION_UPSCALER(
      ModelKind.STABLE_DIFFUSION_UPSCALER,
      ModelKind.STABLE_DIFFUSION_UPSCALER.title(),
      "stable-diffusion-upscaler.json");

  /** What the autoencoder's names begin with. */
  private static final String AUTOENCODER = "first_stage_model.";

  private static final int REFINERS_CHANNELS = 384;

  private static final String CLIP = "cond_stage_model.transformer.";
  private static final String OPEN_CLIP = "cond_stage_model.model.";
  private static final String FIRST_EMBEDDER = "conditioner.embedders.0.transformer.";
  private static final String SECOND_EMBEDDER = "conditioner.embedders.1.model.";
  private static final String REFINERS_EMBEDDER = "conditioner.embedders.0.model.";

  private final ModelKind kind;
  private final String title;
  private final String resource;

  CheckpointFamily(ModelKind kind, String title, String resource) {
    this.kind = kind;
    this.title = title;
    this.resource = resource;
  }

  /**
   * Tells a checkpoint's family by its text encoders, or where it has none, by its U-Net.
   *
   * @param source the file, for messages
   * @param shapes what is in it
   * @param unet the U-Net in it, by diffusers' names
   * @return the family
   * @throws ModelException if it is none of them; the message says what it is instead
   */
  static CheckpointFamily of(String source, Map<String, long[]> shapes, Map<String, long[]> unet) {
    if (unet.isEmpty()) {
      throw ForeignCheckpoint.refusal(source, shapes.keySet());
    }
    Optional<String> foreign = ForeignCheckpoint.describeLatentDiffusion(shapes.keySet());
    if (foreign.isPresent()) {
      throw new ModelException(source + ": is " + foreign.get() + ", which Darkroom does not run");
    }
    if (unet.containsKey("class_embedding.weight")) {
      return STABLE_DIFFUSION_UPSCALER;
    }
    boolean refinersUnet =
        unet.containsKey("add_embedding.linear_1.weight")
            && dimension(unet, "conv_in.weight", 0)
                .filter(channels -> channels == REFINERS_CHANNELS)
                .isPresent();
    if (has(shapes, REFINERS_EMBEDDER) || refinersUnet) {
      return STABLE_DIFFUSION_XL_REFINER;
    }
    if (has(shapes, SECOND_EMBEDDER) && has(shapes, FIRST_EMBEDDER)) {
      return STABLE_DIFFUSION_XL;
    }
    if (has(shapes, OPEN_CLIP)) {
      return STABLE_DIFFUSION_2;
    }
    if (has(shapes, CLIP)) {
      return STABLE_DIFFUSION_1;
    }
    return ofUNet(unet)
        .orElseThrow(
            () ->
                new ModelException(
                    source + ": has a U-Net but no text encoder; get the whole checkpoint"));
  }

  /**
   * SDXL's U-Net takes the pooled text, and the transformers of Stable Diffusion 2 have linear
   * layers for ways in and out where those of 1 have convolutions.
   */
  private static Optional<CheckpointFamily> ofUNet(Map<String, long[]> unet) {
    if (unet.containsKey("add_embedding.linear_1.weight")) {
      return Optional.of(STABLE_DIFFUSION_XL);
    }
    return unet.entrySet().stream()
        .filter(weight -> weight.getKey().endsWith(".proj_in.weight"))
        .findFirst()
        .map(weight -> weight.getValue().length == 2 ? STABLE_DIFFUSION_2 : STABLE_DIFFUSION_1);
  }

  private static boolean has(Map<String, long[]> shapes, String prefix) {
    return shapes.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /**
   * The kind of its models.
   *
   * @return the kind
   */
  public ModelKind kind() {
    return kind;
  }

  /**
   * What people call it.
   *
   * @return such as {@code Stable Diffusion 1.x}
   */
  public String title() {
    return title;
  }

  /**
   * The settings of a component of the family's usual model.
   *
   * @param component its name
   * @return the settings
   * @throws ModelException if the family has no such component
   */
  public JsonConfig settings(Component component) {
    return settings(component, title, Map.of(), Map.of(), Optional.empty());
  }

  /**
   * The settings of a component of the family's usual model, with what the file tells better.
   *
   * @param component its name
   * @param source the file, for messages
   * @param shapes what is in it
   * @param unet the U-Net in it, by diffusers' names
   * @param told what it tells of its prediction
   * @return the settings
   * @throws ModelException if the family has no such component
   */
  JsonConfig settings(
      Component component,
      String source,
      Map<String, long[]> shapes,
      Map<String, long[]> unet,
      Optional<ToldPrediction> told) {
    JsonObject all = read();
    if (!all.has(component.folder())) {
      throw new ModelException(source + ": a " + title + " model has no " + component);
    }
    JsonObject settings = all.getAsJsonObject(component.folder());
    if (component == Component.UNET) {
      dimension(unet, "conv_in.weight", 1)
          .ifPresent(channels -> settings.addProperty("in_channels", channels));
      dimension(unet, "conv_out.weight", 0)
          .ifPresent(channels -> settings.addProperty("out_channels", channels));
      // The family's models that predict the noise are those for 512x512.
      if (this == STABLE_DIFFUSION_2 && predictsNoise(told)) {
        settings.addProperty("sample_size", 64);
      }
    }
    if (component == Component.SCHEDULER) {
      told.ifPresent(prediction -> settings.addProperty("prediction_type", prediction.type()));
    }
    // Those who train SDXL to predict the velocity mark their files with two empty tensors.
    if (component == Component.SCHEDULER && shapes.containsKey("v_pred")) {
      settings.addProperty("rescale_betas_zero_snr", shapes.containsKey("ztsnr"));
    }
    return JsonConfig.of(source + ": " + component + " of " + title, settings);
  }

  private static boolean predictsNoise(Optional<ToldPrediction> told) {
    return told.filter(prediction -> prediction.type().equals(ToldPrediction.NOISE)).isPresent();
  }

  private static Optional<Long> dimension(Map<String, long[]> shapes, String name, int index) {
    return Optional.ofNullable(shapes.get(name))
        .filter(shape -> shape.length > index)
        .map(shape -> shape[index]);
  }

  private JsonObject read() {
    try (InputStream bytes = CheckpointFamily.class.getResourceAsStream(resource);
        Reader text = new InputStreamReader(bytes, StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(text).getAsJsonObject();
    } catch (IOException impossible) {
      throw new UncheckedIOException(resource + " is in the jar", impossible);
    }
  }

  /**
   * Where a component's weights are.
   *
   * @param component its name
   * @param names all names in the file
   * @param settings the component's settings: how many layers of a text encoder are used
   * @return the place of each weight; empty if the family has no such component
   */
  Map<String, StoredWeight> weights(Component component, Set<String> names, JsonConfig settings) {
    return switch (component) {
      case UNET -> LatentDiffusionNames.unet(names);
      case AUTOENCODER -> LatentDiffusionNames.autoencoder(names, AUTOENCODER);
      case TEXT_ENCODER ->
          switch (this) {
            case STABLE_DIFFUSION_1 -> clip(CLIP, names);
            case STABLE_DIFFUSION_2, STABLE_DIFFUSION_UPSCALER ->
                openClip(OPEN_CLIP, names, settings, LatentDiffusionNames.Projection.LEFT_OUT);
            case STABLE_DIFFUSION_XL -> clip(FIRST_EMBEDDER, names);
            case STABLE_DIFFUSION_XL_REFINER -> Map.of();
          };
      case TEXT_ENCODER_2 ->
          switch (this) {
            case STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, STABLE_DIFFUSION_UPSCALER -> Map.of();
            case STABLE_DIFFUSION_XL -> pooledOpenClip(SECOND_EMBEDDER, names, settings);
            case STABLE_DIFFUSION_XL_REFINER -> pooledOpenClip(REFINERS_EMBEDDER, names, settings);
          };
      default -> Map.of();
    };
  }

  private static Map<String, StoredWeight> clip(String prefix, Set<String> names) {
    return LatentDiffusionNames.clip(names, prefix, LatentDiffusionNames.Projection.LEFT_OUT);
  }

  private static Map<String, StoredWeight> pooledOpenClip(
      String prefix, Set<String> names, JsonConfig settings) {
    return openClip(prefix, names, settings, LatentDiffusionNames.Projection.USED);
  }

  private static Map<String, StoredWeight> openClip(
      String prefix,
      Set<String> names,
      JsonConfig settings,
      LatentDiffusionNames.Projection projection) {
    int layers = settings.integer("num_hidden_layers", 12);
    return LatentDiffusionNames.openClip(names, prefix, layers, projection);
  }

  /**
   * What fills a prompt up, where the tokenizer's files are not the model's own: OpenCLIP pads with
   * the token of number 0, CLIP with the end of the text.
   *
   * @param tokenizer {@code tokenizer} or {@code tokenizer_2}
   * @return the token
   */
  String paddingToken(Component tokenizer) {
    boolean openClip =
        this == STABLE_DIFFUSION_2
            || this == STABLE_DIFFUSION_UPSCALER
            || tokenizer == Component.TOKENIZER_2;
    return openClip ? "!" : "<|endoftext|>";
  }
}
