package io.darkroom.checkpoint;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model whose autoencoder is replaced by another: a folder in diffusers' layout, or one file in
 * diffusers' or the original layout, whose settings are then the model's own. All else is as the
 * model has it.
 */
final class SeparateAutoencoder implements ModelSource {
  private static final String COMPONENT = "vae";
  private static final String CONFIG = "config.json";

  private final ModelSource model;
  private final Path weights;
  private final Optional<Path> config;
  private final String name;
  private Optional<AutoencoderFacts> facts = Optional.empty();

  private SeparateAutoencoder(ModelSource model, Path path, Path weights, Optional<Path> config) {
    this.model = model;
    this.name = ModelFiles.name(path);
    this.weights = weights;
    this.config = config;
  }

  /**
   * Replaces a model's autoencoder.
   *
   * @param model the model
   * @param path the autoencoder's folder or file, or a model's directory with one in it
   * @return the model with this autoencoder
   * @throws ModelException if there is no autoencoder
   */
  static SeparateAutoencoder in(ModelSource model, Path path) {
    if (!Files.exists(path)) {
      throw new ModelException(path + ": there is no such autoencoder; check the path");
    }
    SeparateAutoencoder combined;
    if (Files.isDirectory(path)) {
      Path folder = Files.isDirectory(path.resolve(COMPONENT)) ? path.resolve(COMPONENT) : path;
      Path weights =
          WeightsFolder.find(folder, COMPONENT)
              .filter(found -> Files.isRegularFile(folder.resolve(CONFIG)))
              .orElseThrow(
                  () ->
                      new ModelException(
                          path
                              + ": is no autoencoder in diffusers' layout; that has config.json and"
                              + " diffusion_pytorch_model.safetensors"));
      combined = new SeparateAutoencoder(model, path, weights, Optional.of(folder.resolve(CONFIG)));
    } else {
      combined = new SeparateAutoencoder(model, path, path, Optional.empty());
    }
    combined.open().close(); // what is wrong with it is said at once
    return combined;
  }

  private ComponentWeights open() {
    WeightsFile file = WeightsFormat.open(weights);
    try {
      Set<String> names = file.shapes().keySet();
      if (names.stream().anyMatch(name -> name.startsWith("encoder.down_blocks."))) {
        return new ComponentWeights(file);
      }
      return new ComponentWeights(file, original(names));
    } catch (RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  private Map<String, StoredWeight> original(Set<String> names) {
    for (String prefix : new String[] {ModelFamily.AUTOENCODER, ""}) {
      if (names.contains(prefix + "decoder.conv_in.weight")
          && names.contains(prefix + "decoder.mid.block_1.conv1.weight")) {
        return LatentDiffusionNames.autoencoder(names, prefix);
      }
    }
    ModelException refusal = ForeignCheckpoint.refusal(weights.toString(), names);
    throw new ModelException(refusal.getMessage() + "; --vae takes an autoencoder");
  }

  @Override
  public ComponentWeights weights(String component) {
    return component.equals(COMPONENT) ? open() : model.weights(component);
  }

  @Override
  public JsonConfig index() {
    return model.index();
  }

  @Override
  public JsonConfig settings(String component) {
    return component.equals(COMPONENT) && config.isPresent()
        ? JsonConfig.read(config.get())
        : model.settings(component);
  }

  @Override
  public String fingerprint() {
    StringBuilder content = new StringBuilder(model.fingerprint()).append('\n');
    hashes().forEach(hash -> content.append("vae ").append(hash).append('\n'));
    content.append(settings(COMPONENT).json());
    return Sha256.of(content.toString());
  }

  private List<String> hashes() {
    List<String> hashes = new ArrayList<>();
    try {
      for (Path file : WeightsFolder.files(weights)) {
        hashes.add(Sha256.of(file));
      }
      return hashes;
    } catch (IOException failure) {
      throw new ModelException(weights + ": cannot be read: " + failure, failure);
    }
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
  public String name() {
    return model.name();
  }

  @Override
  public String hash() {
    return model.hash();
  }

  @Override
  public Path tokenizer(String component) {
    return model.tokenizer(component);
  }

  @Override
  public Optional<String> paddingToken(String component) {
    return model.paddingToken(component);
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    return model.generationDefaults();
  }
}
