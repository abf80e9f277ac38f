package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.Sha256;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model as diffusers keeps it: a directory with {@code model_index.json} and a folder for each
 * component. Opening checks that everything is there; a component is read when it is asked for.
 *
 * <p>The components are {@code unet}, {@code vae}, {@code text_encoder}, {@code tokenizer} and
 * {@code scheduler}; other folders, such as that of a safety checker, are not looked at. Not for
 * use by several threads.
 */
public final class DiffusersDirectory implements ModelSource {
  /**
   * How latent consistency models are used where their makers do not say it: what diffusers' {@code
   * LatentConsistencyModelPipeline} takes.
   */
  private static final Map<String, Number> LATENT_CONSISTENCY =
      Map.of("steps", 4, "guidance_scale", 8.5);

  private static final String INDEX = "model_index.json";
  private static final int HASH_DIGITS = 10;

  private final Path directory;
  private final JsonConfig index;
  private final PipelineFamily family;
  private String hash = "";

  private DiffusersDirectory(Path directory, JsonConfig index, PipelineFamily family) {
    this.directory = directory;
    this.index = index;
    this.family = family;
  }

  /**
   * Opens a model directory.
   *
   * @param directory the directory with {@code model_index.json} in it
   * @return the model
   * @throws ModelException if it is no such directory, if it holds a pipeline that Darkroom does
   *     not run, or if parts are missing; then one message names them all
   */
  public static DiffusersDirectory open(Path directory) {
    if (!Files.exists(directory)) {
      throw new ModelException(directory + ": there is no such model; check the path");
    }
    if (!Files.isDirectory(directory)) {
      throw new ModelException(directory + ": is a file, not a model directory");
    }
    if (!Files.isRegularFile(directory.resolve(INDEX))) {
      throw new ModelException(
          directory + ": has no " + INDEX + ", so it is not a model in the diffusers layout");
    }
    JsonConfig index = JsonConfig.read(directory.resolve(INDEX));
    PipelineFamily family = PipelineFamily.of(index);
    family.require(directory + ":");
    DiffusersDirectory model = new DiffusersDirectory(directory, index, family);
    List<String> missing = model.missingParts();
    if (!missing.isEmpty()) {
      throw new ModelException(
          directory + ": has no " + String.join(", ", missing) + "; download the whole model");
    }
    PipelineFamily.requireKnownInput(
        directory.toString(), model.kind(), model.settings(Component.UNET));
    return model;
  }

  /**
   * What a model directory lacks to be opened.
   *
   * @param directory the directory with {@code model_index.json} in it
   * @return the missing files, in words
   * @throws ModelException if the index is malformed, or names a pipeline that Darkroom does not
   *     run
   */
  public static List<String> missing(Path directory) {
    JsonConfig index = JsonConfig.read(directory.resolve(INDEX));
    PipelineFamily family = PipelineFamily.of(index);
    family.require(directory + ":");
    return new DiffusersDirectory(directory, index, family).missingParts();
  }

  /**
   * How a model directory likes to be used, be it one that Darkroom runs or not.
   *
   * @param directory a directory with {@code model_index.json} in it that lacks nothing
   * @return as {@link #generationDefaults} has it
   * @throws ModelException if its configs are malformed
   */
  public static Optional<JsonObject> wishes(Path directory) {
    JsonConfig index = JsonConfig.read(directory.resolve(INDEX));
    return new DiffusersDirectory(directory, index, PipelineFamily.of(index)).generationDefaults();
  }

  private List<String> missingParts() {
    List<String> missing = new ArrayList<>();
    for (Component network : family.networks()) {
      if (!Files.isRegularFile(configFile(network))) {
        missing.add(relative(configFile(network)));
      }
      Path folder = directory.resolve(network.folder());
      Optional<Path> weights = WeightsFolder.find(folder, network);
      if (weights.isPresent()) {
        WeightsFolder.missing(weights.get()).forEach(shard -> missing.add(relative(shard)));
      } else {
        missing.add(relative(weightsFile(network)) + insteadOfWeights(folder));
      }
    }
    for (Component tokenizer : tokenizers()) {
      Path folder = tokenizer(tokenizer);
      if (!Files.isRegularFile(folder.resolve("tokenizer.json"))) {
        Stream.of("vocab.json", "merges.txt")
            .map(name -> folder.resolve(name))
            .filter(file -> !Files.isRegularFile(file))
            .forEach(file -> missing.add(relative(file)));
      }
    }
    schedulers()
        .map(this::configFile)
        .filter(file -> !Files.isRegularFile(file))
        .forEach(file -> missing.add(relative(file)));
    return missing;
  }

  private String relative(Path file) {
    return directory.relativize(file).toString();
  }

  /** A tokenizer for each text encoder. */
  private List<Component> tokenizers() {
    return family.kind().map(ModelKind::tokenizers).orElse(List.of());
  }

  private Stream<Component> schedulers() {
    return family.kind().map(ModelKind::schedulers).orElse(List.of(Component.SCHEDULER)).stream();
  }

  private static String insteadOfWeights(Path folder) {
    List<String> others = WeightsFolder.others(folder);
    return others.isEmpty()
        ? ""
        : " (there is only "
            + OneLine.of(String.join(", ", others))
            + ", which Darkroom does"
            + " not read)";
  }

  @Override
  public ModelKind kind() {
    return family.require(directory + ":");
  }

  @Override
  public boolean zeroesNoNegative() {
    return kind().zeroesNoNegative() && index.flag("force_zeros_for_empty_prompt", true);
  }

  @Override
  public int mostNoise() {
    return index.integer("max_noise_level", ModelSource.super.mostNoise());
  }

  @Override
  public JsonConfig settings(Component component) {
    return JsonConfig.read(configFile(component));
  }

  @Override
  public ComponentWeights weights(Component component) {
    return ComponentWeights.open(component, weightsFile(component));
  }

  @Override
  public Path tokenizer(Component component) {
    return directory.resolve(component.folder());
  }

  @Override
  public String name() {
    return ModelFiles.name(directory);
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    Path file = directory.resolve("darkroom.json");
    if (Files.exists(file)) {
      return Optional.of(JsonConfig.read(file).json());
    }
    Optional<ModelKind.Enlarging> enlarging = family.kind().flatMap(ModelKind::enlarging);
    if (enlarging.isPresent()) {
      return enlarging.map(ModelKind.Enlarging::wishes);
    }
    JsonConfig scheduler = settings(Component.SCHEDULER);
    boolean withScale =
        scheduler.text("_class_name", "").equals("LCMScheduler")
            && settings(Component.UNET).has("time_cond_proj_dim");
    if (!family.isLatentConsistency() && !withScale) {
      return Distillation.byScheduler(scheduler).map(Distillation::wishes);
    }
    JsonObject wishes = new JsonObject();
    LATENT_CONSISTENCY.forEach(wishes::addProperty);
    return Optional.of(wishes);
  }

  @Override
  public String hash() {
    if (hash.isEmpty()) {
      List<Path> files = WeightsFolder.files(weightsFile(Component.UNET));
      String digests = String.join("\n", files.stream().map(Sha256::ofModelFile).toList());
      hash = (files.size() == 1 ? digests : Sha256.of(digests)).substring(0, HASH_DIGITS);
    }
    return hash;
  }

  @Override
  public String fingerprint() {
    List<Path> files = new ArrayList<>();
    for (Component network : family.networks()) {
      files.add(configFile(network));
      files.addAll(WeightsFolder.files(weightsFile(network)));
    }
    schedulers().map(this::configFile).forEach(files::add);
    for (Component tokenizer : tokenizers()) {
      for (String name : List.of("tokenizer.json", "vocab.json", "merges.txt")) {
        files.add(tokenizer(tokenizer).resolve(name));
      }
    }
    if (tokenizers().size() > 1) {
      // What tells the two tokenizers apart, and what an empty negative prompt means.
      for (Component tokenizer : tokenizers()) {
        for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
          files.add(tokenizer(tokenizer).resolve(name));
        }
      }
      files.add(directory.resolve(INDEX));
    }
    StringBuilder content = new StringBuilder();
    for (Path file : files) {
      if (Files.exists(file)) {
        content
            .append(directory.relativize(file))
            .append(' ')
            .append(Sha256.ofModelFile(file))
            .append('\n');
      }
    }
    return Sha256.of(content.toString());
  }

  private Path configFile(Component component) {
    return component.config(directory);
  }

  /** The file or index that is there, else the one that should be. */
  private Path weightsFile(Component component) {
    Path folder = directory.resolve(component.folder());
    return WeightsFolder.find(folder, component)
        .orElseGet(() -> folder.resolve(WeightsFolder.names(component).get(0)));
  }
}
