package io.darkroom.checkpoint;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A model as diffusers keeps it: a directory with {@code model_index.json} and a folder for each
 * component. Opening checks that everything is there; a component is read when it is asked for.
 *
 * <p>The components are {@code unet}, {@code vae}, {@code text_encoder}, {@code tokenizer} and
 * {@code scheduler}. Not for use by several threads.
 */
public final class DiffusersDirectory implements ModelSource {
  private static final String PIPELINE = "StableDiffusionPipeline";
  private static final String INDEX = "model_index.json";
  private static final int HASH_DIGITS = 10;

  /** The components with weights. */
  private static final List<String> NETWORKS = List.of("unet", "vae", "text_encoder");

  /** A model in the hub's cache, whose own folder is named by a commit. */
  private static final Pattern SNAPSHOT =
      Pattern.compile("/models--([^/]+?)--([^/]+)/snapshots/[0-9a-f]{40}$");

  private final Path directory;
  private String hash = "";

  private DiffusersDirectory(Path directory) {
    this.directory = directory;
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
    if (!pipeline.equals(PIPELINE)) {
      throw new ModelException(
          "%s: is a %s; Darkroom runs %s models"
              .formatted(directory, OneLine.of(pipeline), PIPELINE));
    }
    DiffusersDirectory model = new DiffusersDirectory(directory);
    List<String> missing = model.missingParts();
    if (!missing.isEmpty()) {
      throw new ModelException(
          directory + ": lacks " + String.join(", ", missing) + "; download the whole model");
    }
    return model;
  }

  private List<String> missingParts() {
    List<String> missing = new ArrayList<>();
    for (String network : NETWORKS) {
      if (!Files.isRegularFile(configFile(network))) {
        missing.add(directory.relativize(configFile(network)).toString());
      }
      if (!Files.isRegularFile(weightsFile(network))) {
        missing.add(directory.relativize(weightsFile(network)) + insteadOfWeights(network));
      }
    }
    Path tokenizer = directory.resolve("tokenizer");
    if (!Files.isRegularFile(tokenizer.resolve("tokenizer.json"))) {
      Stream.of("vocab.json", "merges.txt")
          .filter(name -> !Files.isRegularFile(tokenizer.resolve(name)))
          .forEach(name -> missing.add("tokenizer/" + name));
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
  public JsonConfig settings(String component) {
    return JsonConfig.read(configFile(component));
  }

  @Override
  public ComponentWeights weights(String component) {
    return new ComponentWeights(SafetensorsFile.open(weightsFile(component)));
  }

  @Override
  public Path tokenizer() {
    return directory.resolve("tokenizer");
  }

  @Override
  public String name() {
    Path path = directory.toAbsolutePath().normalize();
    Matcher snapshot = SNAPSHOT.matcher(path.toString().replace('\\', '/'));
    if (snapshot.find()) {
      return snapshot.group(1) + "/" + snapshot.group(2);
    }
    Path name = path.getFileName();
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
    for (String network : NETWORKS) {
      files.add(configFile(network));
      files.add(weightsFile(network));
    }
    files.add(configFile("scheduler"));
    for (String name : List.of("tokenizer.json", "vocab.json", "merges.txt")) {
      files.add(tokenizer().resolve(name));
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
    String stem = component.equals("text_encoder") ? "model" : "diffusion_pytorch_model";
    Path folder = directory.resolve(component);
    Path plain = folder.resolve(stem + ".safetensors");
    Path half = folder.resolve(stem + ".fp16.safetensors");
    return !Files.isRegularFile(plain) && Files.isRegularFile(half) ? half : plain;
  }
}
