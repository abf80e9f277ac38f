package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.OpenResources;
import io.darkroom.base.Sha256;
import io.darkroom.weights.StoredWeight;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model whose autoencoder is replaced by another: a folder in diffusers' layout, or one file in
 * diffusers' or the original layout, whose settings are then the model's own, with the encoder or
 * without. A tiny autoencoder's file tells its own settings.
 */
final class SeparateAutoencoder extends ChangedModel {
  private static final Component COMPONENT = Component.AUTOENCODER;
  private static final String CONFIG = "config.json";
  private static final String SCALING = "scaling_factor";

  /** Where each of a model's latent channels has its own measure, as with Playground 2.5. */
  private static final List<String> MEASURE = List.of("latents_mean", "latents_std");

  /** What the autoencoder is for. */
  enum Use {
    /** For pictures. */
    PICTURES("--vae takes an autoencoder"),
    /** For pictures, because it lies beside a checkpoint under its name. */
    BESIDE("NAME.vae.safetensors beside a checkpoint is used as its autoencoder"),
    /** For glimpses of unfinished pictures, which a tiny autoencoder alone is quick enough for. */
    PREVIEWS("--preview-vae takes a tiny autoencoder (TAESD)");

    private final String advice;

    Use(String advice) {
      this.advice = advice;
    }
  }

  private final Path weights;
  private final Optional<Path> config;
  private final Use use;
  private final String name;
  private Optional<AutoencoderFacts> facts = Optional.empty();

  private SeparateAutoencoder(
      ModelSource model, Path path, Path weights, Optional<Path> config, Use use) {
    super(model);
    this.name = ModelFiles.name(path);
    this.weights = weights;
    this.config = config;
    this.use = use;
  }

  /**
   * Replaces a model's autoencoder.
   *
   * @param model the model
   * @param path the autoencoder's folder or file, or a model's directory with one in it
   * @param use what for
   * @return the model with this autoencoder
   * @throws ModelException if there is no autoencoder, or none for this use or this model's latents
   */
  static SeparateAutoencoder in(ModelSource model, Path path, Use use) {
    if (!Files.exists(path)) {
      throw new ModelException(path + ": there is no such autoencoder; check the path");
    }
    SeparateAutoencoder combined;
    if (Files.isDirectory(path)) {
      Path folder =
          Files.isDirectory(path.resolve(COMPONENT.folder()))
              ? path.resolve(COMPONENT.folder())
              : path;
      Path weights =
          WeightsFolder.find(folder, COMPONENT)
              .filter(found -> Files.isRegularFile(folder.resolve(CONFIG)))
              .orElseThrow(
                  () ->
                      new ModelException(
                          path
                              + ": is not an autoencoder in the diffusers layout, which has"
                              + " config.json and"
                              + " diffusion_pytorch_model.safetensors"));
      Optional<Path> config = Optional.of(folder.resolve(CONFIG));
      combined = new SeparateAutoencoder(model, path, weights, config, use);
    } else {
      combined = new SeparateAutoencoder(model, path, path, Optional.empty(), use);
    }
    combined.check(); // what is wrong with it is said at once
    return combined;
  }

  private void check() {
    open().close();
    if (tiny().isPresent()) {
      requireSameLatents();
    } else if (use == Use.PREVIEWS) {
      throw new ModelException(weights + ": is an autoencoder of full size; " + use.advice);
    }
  }

  /** A tiny autoencoder's family shows in its channels alone. */
  private void requireSameLatents() {
    JsonConfig settings = ownSettings();
    if (MEASURE.stream().anyMatch(model().settings(COMPONENT)::has)) {
      throw new ModelException(
          settings.source()
              + ": is a tiny autoencoder, but the latents of the model have a scale for each"
              + " channel"
              + " (latents_mean), as in Playground 2.5; no tiny autoencoder exists for them");
    }
    int channels = settings.integer("latent_channels", 4);
    int wanted = model().settings(Component.UNET).integer("out_channels", 4);
    if (channels != wanted) {
      throw new ModelException(
          "%s: is a tiny autoencoder for latents of %d channels%s, but the model's have %d; %s"
              .formatted(
                  settings.source(),
                  channels,
                  channels == 16 ? ", as taef1 and taesd3 are" : "",
                  wanted,
                  "taesd is made for Stable Diffusion 1 and 2, taesdxl for XL"));
    }
  }

  private Optional<TinyAutoencoderLayout> tiny() {
    try (WeightsFile file = WeightsFormat.open(weights)) {
      return TinyAutoencoderLayout.of(file.shapes().keySet());
    }
  }

  private ComponentWeights open() {
    WeightsFile file = WeightsFormat.open(weights);
    try {
      Set<String> names = file.shapes().keySet();
      Map<String, StoredWeight> found = LatentDiffusionNames.autoencoder(names);
      if (!found.isEmpty()) {
        return new ComponentWeights(file, found);
      }
      TinyAutoencoderLayout tiny =
          TinyAutoencoderLayout.of(names).orElseThrow(() -> noAutoencoder(names));
      return new ComponentWeights(file, tiny.weights(names));
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  private ModelException noAutoencoder(Set<String> names) {
    if (names.stream().anyMatch(name -> name.endsWith("encoder.conv_in.weight"))) {
      return new ModelException(
          weights
              + ": has only the encoder of an autoencoder; get one with a decoder, which"
              + " makes the pictures");
    }
    ModelException refusal = ForeignCheckpoint.refusal(weights.toString(), names);
    return new ModelException(refusal.getMessage() + "; " + use.advice);
  }

  @Override
  public ComponentWeights weights(Component component) {
    return component == COMPONENT ? open() : model().weights(component);
  }

  @Override
  public JsonConfig settings(Component component) {
    if (component != COMPONENT) {
      return model().settings(component);
    }
    JsonConfig own = ownSettings();
    JsonConfig models = model().settings(COMPONENT);
    if (MEASURE.stream().noneMatch(models::has)) {
      return own;
    }
    // What the latents were divided by is the U-Net's affair, whichever decoder they go to.
    JsonObject measured = own.json().deepCopy();
    MEASURE.forEach(key -> measured.add(key, models.json().get(key)));
    if (models.has(SCALING)) {
      measured.add(SCALING, models.json().get(SCALING));
    }
    return JsonConfig.of(own.source(), measured);
  }

  private JsonConfig ownSettings() {
    if (config.isPresent()) {
      return JsonConfig.read(config.get());
    }
    try (WeightsFile file = WeightsFormat.open(weights)) {
      Map<String, long[]> shapes = file.shapes();
      return TinyAutoencoderLayout.of(shapes.keySet())
          .map(tiny -> tiny.settings(weights.toString(), shapes))
          .orElseGet(() -> model().settings(COMPONENT));
    }
  }

  @Override
  public String fingerprint() {
    StringBuilder content = new StringBuilder(model().fingerprint()).append('\n');
    hashes().forEach(hash -> content.append("vae ").append(hash).append('\n'));
    content.append(settings(COMPONENT).json());
    return Sha256.of(content.toString());
  }

  private List<String> hashes() {
    return WeightsFolder.files(weights).stream().map(Sha256::ofModelFile).toList();
  }

  @Override
  public Optional<AutoencoderFacts> separateAutoencoder() {
    if (facts.isEmpty()) {
      List<String> hashes = hashes();
      facts =
          Optional.of(
              new AutoencoderFacts(
                  name, hashes.size() == 1 ? hashes.get(0) : Sha256.of(String.join("\n", hashes))));
    }
    return facts;
  }

  @Override
  public List<String> warnings() {
    if (use != Use.BESIDE) {
      return model().warnings();
    }
    List<String> warnings = new ArrayList<>(model().warnings());
    warnings.add(
        OneLine.of(weights.getFileName().toString())
            + " beside the model is used as its autoencoder; choose another with --vae");
    return warnings;
  }
}
