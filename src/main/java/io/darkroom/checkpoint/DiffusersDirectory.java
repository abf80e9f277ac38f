package io.darkroom.checkpoint;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model as diffusers keeps it: a directory with {@code model_index.json} and a folder for each
 * component. Opening checks that everything is there; a component is read when it is asked for.
 *
 * <p>The components are those that {@link ModelSource} names. Not for use by several threads.
 */
public final class DiffusersDirectory implements ModelSource {
  /** SD's pipeline. */
  private static final String PIPELINE = "StableDiffusionPipeline";

  /** SDXL's pipeline: two text encoders, each with its tokenizer. */
  private static final String XL_PIPELINE = "StableDiffusionXLPipeline";

  private static final String INDEX = "model_index.json";
  private static final int HASH_DIGITS = 10;

  private final Path directory;
  private final JsonConfig index;

  /** The components with weights. */
  private final List<String> networks;

  private final List<String> tokenizers;
  private String hash = "";

  private DiffusersDirectory(Path directory, JsonConfig index) {
    this.directory = directory;
    this.index = index;
    boolean xl = index.text("_class_name").equals(XL_PIPELINE);
    this.networks =
        xl
            ? List.of("unet", "vae", "text_encoder", "text_encoder_2")
            : List.of("unet", "vae", "text_encoder");
    this.tokenizers = xl ? List.of("tokenizer", "tokenizer_2") : List.of("tokenizer");
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
          directory + ": has no " + INDEX + ", so it is no model directory in diffusers' layout");
    }
    JsonConfig index = JsonConfig.read(directory.resolve(INDEX));
    String pipeline = index.text("_class_name");
    if (!pipeline.equals(PIPELINE) && !pipeline.equals(XL_PIPELINE)) {
      throw new ModelException(
          "%s: is a %s; Darkroom runs %s and %s models"
              .formatted(directory, OneLine.of(pipeline), PIPELINE, XL_PIPELINE));
    }
    DiffusersDirectory model = new DiffusersDirectory(directory, index);
    List<String> missing = model.missingParts();
    if (!missing.isEmpty()) {
      throw new ModelException(
          directory + ": lacks " + String.join(", ", missing) + "; download the whole model");
    }
    return model;
  }

  private List<String> missingParts() {
    List<String> missing = new ArrayList<>();
    for (String network : networks) {
      if (!Files.isRegularFile(configFile(network))) {
        missing.add(directory.relativize(configFile(network)).toString());
      }
      if (!Files.isRegularFile(weightsFile(network))) {
        missing.add(directory.relativize(weightsFile(network)) + insteadOfWeights(network));
      }
    }
    for (String component : tokenizers) {
      Path tokenizer = directory.resolve(component);
      if (!Files.isRegularFile(tokenizer.resolve("tokenizer.json"))) {
        Stream.of("vocab.json", "merges.txt")
            .filter(name -> !Files.isRegularFile(tokenizer.resolve(name)))
            .forEach(name -> missing.add(component + "/" + name));
      }
    }
    if (!Files.isRegularFile(configFile("scheduler"))) {
      missing.add(directory.relativize(configFile("scheduler")).toString());
    }
    return missing;
  }

  /** What lies where the weights should: often the same weights in a form that is not read. */
  private String insteadOfWeights(String network) {
    Path folder = directory.resolve(network);
    if (!Files.isDirectory(folder)) {
      return "";
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<String> others =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches(".*\\.(bin|ckpt|pt|msgpack|onnx|safetensors)"))
              .sorted()
              .toList();
      return others.isEmpty()
          ? ""
          : " (there is only "
              + OneLine.of(String.join(", ", others))
              + "; the weights are needed as one safetensors file of that name)";
    } catch (IOException unreadable) {
      return "";
    }
  }

  @Override
  public JsonConfig index() {
    return index;
  }

  @Override
  public JsonConfig settings(String component) {
    return JsonConfig.read(configFile(component));
  }

  @Override
  public ComponentWeights weights(String component) {
    return new ComponentWeights(SafetensorsFile.open(weightsFile(component)));
  }

  @Override
  public Path tokenizer(String component) {
    return directory.resolve(component);
  }

  @Override
  public String name() {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? "model" : name.toString(); // only the root has none
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    Path file = directory.resolve("darkroom.json");
    return Files.exists(file) ? Optional.of(JsonConfig.read(file).json()) : Optional.empty();
  }

  @Override
  public String hash() {
    if (hash.isEmpty()) {
      hash = sha256(weightsFile("unet")).substring(0, HASH_DIGITS);
    }
    return hash;
  }

  @Override
  public String fingerprint() {
    List<Path> files = new ArrayList<>();
    for (String network : networks) {
      files.add(configFile(network));
      files.add(weightsFile(network));
    }
    files.add(configFile("scheduler"));
    for (String component : tokenizers) {
      for (String name : List.of("tokenizer.json", "vocab.json", "merges.txt")) {
        files.add(tokenizer(component).resolve(name));
      }
    }
    if (tokenizers.size() > 1) {
      // What tells the two tokenizers apart, and what an empty negative prompt means.
      for (String component : tokenizers) {
        for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
          files.add(tokenizer(component).resolve(name));
        }
      }
      files.add(directory.resolve(INDEX));
    }
    StringBuilder content = new StringBuilder();
    for (Path file : files) {
      if (Files.exists(file)) {
        content.append(directory.relativize(file)).append(' ').append(sha256(file)).append('\n');
      }
    }
    return Sha256.of(content.toString());
  }

  private static String sha256(Path file) {
    try {
      return Sha256.of(file);
    } catch (IOException failure) {
      throw new ModelException(file + ": cannot be read: " + failure, failure);
    }
  }

  private Path configFile(String component) {
    return directory
        .resolve(component)
        .resolve(component.equals("scheduler") ? "scheduler_config.json" : "config.json");
  }

  private Path weightsFile(String component) {
    return directory
        .resolve(component)
        .resolve(
            component.startsWith("text_encoder")
                ? "model.safetensors"
                : "diffusion_pytorch_model.safetensors");
  }
}
