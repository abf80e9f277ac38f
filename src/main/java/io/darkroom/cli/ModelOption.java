package io.darkroom.cli;

import io.darkroom.base.ModelException;
import io.darkroom.hub.HubId;
import io.darkroom.hub.WeightVariant;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.text.EmbeddingChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which model paints. */
@Command(optionListHeading = "%nModel:%n")
final class ModelOption {
  private static final String VARIABLE = "DARKROOM_MODEL";
  private static final String DEFAULT_NAME = "scenes";
  private static final String INDEX = "model_index.json";
  private static final int DEEPEST_FOLDER = 8;
  private static final Pattern EMBEDDING_FILE = Pattern.compile("(?i).+\\.(safetensors|pt|bin)");

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = {
        "A model's folder in the diffusers layout, a checkpoint file (.safetensors, .ckpt), a",
        "bundled model's name, or organization/name[@revision] of one on the hub, which is",
        "downloaded once.",
        "Else the variable DARKROOM_MODEL, else the bundled model 'scenes'."
      })
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "DIR",
      description = {
        "What a checkpoint file does not tell (configs, tokenizer) or lacks (text encoders, the",
        "autoencoder): a folder in the diffusers layout, with or without weights."
      })
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--vae",
      paramLabel = "PATH",
      description = "Another autoencoder than the model's own: a file, or a diffusers folder.")
  private Optional<Path> autoencoder = Optional.empty();

  @Option(
      names = "--text-encoder",
      paramLabel = "PATH",
      description = {
        "Another CLIP text encoder than the model's own: a file, or a folder of transformers;",
        "for SDXL's two it may be given twice."
      })
  private List<Path> textEncoders = List.of();

  @Option(
      names = "--embedding",
      paramLabel = "[NAME=]FILE|DIR",
      description = {
        "A textual inversion (.safetensors, .pt, .bin), used where a prompt says NAME, else the",
        "file's name without its ending; or a folder of them. May be given several times."
      })
  private List<String> embeddings = List.of();

  /**
   * The embeddings that prompts may name.
   *
   * @param surroundings tells the folder that paths start from
   * @return their files and names
   * @throws InvalidRequestException if one is no path, or its name is empty
   * @throws ModelException if a folder cannot be read, or has none
   */
  List<EmbeddingChoice> embeddings(Surroundings surroundings) {
    return embeddings.stream()
        .map(text -> embedding(text, surroundings.folder()))
        .flatMap(
            choice ->
                Files.isDirectory(choice.file())
                    ? inFolder(choice.file()).stream()
                    : Stream.of(choice))
        .toList();
  }

  /** Those of a folder are read when a prompt names them. */
  private static List<EmbeddingChoice> inFolder(Path folder) {
    try (Stream<Path> files = Files.walk(folder, DEEPEST_FOLDER)) {
      List<EmbeddingChoice> found =
          files
              .filter(file -> EMBEDDING_FILE.matcher(file.getFileName().toString()).matches())
              .filter(Files::isRegularFile)
              .sorted()
              .map(file -> EmbeddingChoice.of(file).whenNamed())
              .toList();
      if (found.isEmpty()) {
        throw new ModelException(
            "--embedding: there is no .safetensors, .pt or .bin file in the folder " + folder);
      }
      return found;
    } catch (IOException | UncheckedIOException e) {
      throw new ModelException("--embedding: " + folder + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** What exists is a file, whatever its name; else the first equals sign ends a name. */
  private static EmbeddingChoice embedding(String text, Path folder) {
    if (text.isEmpty()) {
      throw new InvalidRequestException("--embedding is empty; name a file");
    }
    try {
      Path whole = folder.resolve(text);
      int sign = text.indexOf('=');
      if (sign < 0 || Files.exists(whole)) {
        return EmbeddingChoice.of(whole);
      }
      String name = text.substring(0, sign).strip();
      if (name.isEmpty()) {
        throw new InvalidRequestException(
            "--embedding " + text + ": there is no name before the equals sign");
      }
      if (sign == text.length() - 1) {
        throw new InvalidRequestException(
            "--embedding " + text + ": there is no file behind the equals sign");
      }
      return new EmbeddingChoice(name, folder.resolve(text.substring(sign + 1)));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("--embedding " + text + " is no path: " + e.getReason());
    }
  }

  /** Tells whether the user said anything about a model on the command line. */
  boolean isTouched() {
    return isGiven()
        || config.isPresent()
        || autoencoder.isPresent()
        || !textEncoders.isEmpty()
        || !embeddings.isEmpty();
  }

  /** Tells whether the user chose a model on the command line. */
  boolean isGiven() {
    return model.isPresent();
  }

  /**
   * Finds a model that a picture's file names.
   *
   * @param name as {@link io.darkroom.pipeline.TextToImage#modelName} gave it
   * @param surroundings where the bundled models are, and the environment
   * @return the bundled model of this name, else the one in the variable if it has this name
   */
  static Optional<Path> named(String name, Surroundings surroundings) {
    try {
      return bundled(surroundings.home().resolve("models"), name)
          .or(
              () ->
                  Optional.ofNullable(surroundings.environment().get(VARIABLE))
                      .map(Path::of)
                      .filter(path -> ModelFiles.name(path).equals(name) && Files.exists(path)));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Finds the model: on disk, else in the hub's cache, else on the hub.
   *
   * @param surroundings where the bundled models are, and the environment
   * @param messages told of a download
   * @param compute the precision decides which weights are downloaded
   * @return its folder or file, which exists, and what goes with it
   * @throws ModelException if there is none
   * @throws IOException if a download fails
   */
  ModelFiles locate(Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    return files(path(surroundings, messages, compute), surroundings, messages);
  }

  /**
   * Adds what the user wants to go with a model, and the tokenizer that a single file lacks.
   *
   * @param path the model
   * @param surroundings the environment
   * @param messages told of a download
   * @return the model's files
   * @throws ModelException if the model is a file that cannot be used, or lacks a tokenizer that
   *     the hub does not give
   * @throws IOException if a download fails
   */
  ModelFiles files(Path path, Surroundings surroundings, Messages messages) throws IOException {
    ModelFiles files =
        ModelFiles.of(path, config, autoencoder, surroundings.environment())
            .withTextEncoders(textEncoders);
    if (files.lacksTokenizer()) {
      new HubModels(surroundings, messages).fetchTokenizer(files);
    }
    return files;
  }

  private Path path(Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    Path bundle = surroundings.home().resolve("models");
    if (model.isPresent() && model.get().isEmpty()) {
      throw new InvalidRequestException("--model is empty; leave it out for the bundled model");
    }
    Optional<String> wanted =
        model.or(
            () ->
                Optional.ofNullable(surroundings.environment().get(VARIABLE))
                    .filter(name -> !name.isEmpty()));
    if (wanted.isEmpty()) {
      return bundledModel(surroundings);
    }
    String name = wanted.get();
    Optional<Path> local = local(name, surroundings);
    if (local.isPresent()) {
      // With another model's configs a file in a folder means itself.
      return config.isPresent() && Files.isRegularFile(local.get())
          ? local.get()
          : ModelFiles.meant(local.get());
    }
    Optional<HubId> id = HubId.parse(name);
    if (id.isPresent()) {
      boolean half = compute.dtype().equals("fp16") || compute.dtype().equals("bf16");
      return new HubModels(surroundings, messages)
          .locate(id.get(), half ? WeightVariant.FP16 : WeightVariant.PLAIN);
    }
    throw new ModelException(
        "there is no model "
            + name
            + ": it is neither a folder nor a bundled model ("
            + names(bundle)
            + ")");
  }

  /**
   * Finds the model that comes with Darkroom.
   *
   * @param surroundings where it is
   * @return its folder
   * @throws ModelException if it is not there
   */
  static Path bundledModel(Surroundings surroundings) {
    Path bundle = surroundings.home().resolve("models");
    return bundled(bundle, DEFAULT_NAME)
        .orElseThrow(
            () ->
                new ModelException(
                    "the bundled model is not in " + bundle + "; choose another one with --model"));
  }

  /**
   * Finds a model on disk.
   *
   * @param name a path, or a bundled model's name
   * @param surroundings where the bundled models are
   * @return its folder or file, or empty if there is none
   */
  static Optional<Path> local(String name, Surroundings surroundings) {
    Path path;
    try {
      path = Path.of(name);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    if (Files.exists(path.resolve(INDEX))) {
      return Optional.of(path);
    }
    return bundled(surroundings.home().resolve("models"), name)
        .or(() -> Optional.of(path).filter(Files::exists));
  }

  private static Optional<Path> bundled(Path bundle, String name) {
    boolean plain =
        !name.isEmpty() && !name.contains("/") && !name.contains("\\") && !name.startsWith(".");
    return plain && Files.isDirectory(bundle.resolve(name))
        ? Optional.of(bundle.resolve(name))
        : Optional.empty();
  }

  private static String names(Path bundle) {
    try (Stream<Path> models = Files.list(bundle)) {
      String names =
          models
              .filter(Files::isDirectory)
              .map(model -> model.getFileName().toString())
              .sorted()
              .collect(Collectors.joining(", "));
      return names.isEmpty() ? "none" : names;
    } catch (IOException e) {
      return "none"; // the message is about the model that was asked for
    }
  }
}
