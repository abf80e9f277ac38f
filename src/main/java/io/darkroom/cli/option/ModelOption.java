package io.darkroom.cli.option;

import io.darkroom.base.ModelException;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
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
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which model paints. */
@Command(optionListHeading = "%nModel:%n")
public final class ModelOption {
  private static final int DEEPEST_FOLDER = 8;
  private static final Pattern EMBEDDING_FILE = Pattern.compile("(?i).+\\.(safetensors|pt|bin)");

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description =
          "The model: a folder, a file, a name or a hub id. The folder has the diffusers layout. "
              + "The file is a checkpoint and ends in .safetensors or .ckpt. The name is a "
              + "bundled model's. The id is organization/name[@revision]; that model is "
              + "downloaded once. Without this option the variable DARKROOM_MODEL counts, then "
              + "the bundled model 'scenes'.")
  private Optional<String> model = Optional.empty();

  @Option(
      names = "--config",
      paramLabel = "DIR",
      description =
          "A diffusers folder with what a checkpoint file lacks. It gives configs, tokenizer, text "
              + "encoders, or the autoencoder. It may have no weights.")
  private Optional<Path> config = Optional.empty();

  @Option(
      names = "--vae",
      paramLabel = "PATH",
      description =
          "Use another autoencoder than the model's own. PATH is a file, or a diffusers folder.")
  private Optional<Path> autoencoder = Optional.empty();

  @Option(
      names = "--text-encoder",
      paramLabel = "PATH",
      description =
          "Use another CLIP text encoder than the model's own. PATH is a file, or a folder of "
              + "transformers. For the two encoders of SDXL the option may be given twice.")
  private List<Path> textEncoders = List.of();

  @Option(
      names = "--refiner",
      paramLabel = "MODEL",
      description =
          "A second model of SDXL, which makes the last steps: SDXL's refiner. It is a folder, a "
              + "file or a hub id, as with --model.")
  private Optional<String> refiner = Optional.empty();

  @Option(
      names = "--embedding",
      paramLabel = "[NAME=]FILE|DIR",
      description =
          "A textual inversion, used where a prompt says NAME. The file ends in .safetensors, .pt "
              + "or .bin. Without NAME it goes by the file's name without its ending. A folder "
              + "gives all files in it. The option may be given several times.")
  private List<String> embeddings = List.of();

  /**
   * The embeddings that prompts may name.
   *
   * @param surroundings tells the folder that paths start from
   * @return their files and names
   * @throws InvalidRequestException if one is no path, or its name is empty
   * @throws ModelException if a folder cannot be read, or has none
   */
  public List<EmbeddingChoice> embeddings(Surroundings surroundings) {
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
            "--embedding " + text + ": there is no file after the equals sign");
      }
      return new EmbeddingChoice(name, folder.resolve(text.substring(sign + 1)));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("--embedding " + text + " is not a path: " + e.getReason());
    }
  }

  /** {@return whether the user said anything about a model on the command line} */
  public boolean isTouched() {
    return isGiven()
        || config.isPresent()
        || autoencoder.isPresent()
        || !textEncoders.isEmpty()
        || refiner.isPresent()
        || !embeddings.isEmpty();
  }

  /** {@return whether the user chose a refiner on the command line} */
  public boolean hasRefiner() {
    return refiner.isPresent();
  }

  /** {@return whether the user chose a model on the command line} */
  public boolean isGiven() {
    return model.isPresent();
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
  public ModelFiles locate(Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    return files(path(surroundings, messages, compute), surroundings, messages)
        .withRefiner(refiner(surroundings, messages, compute));
  }

  /**
   * Finds the refiner, as {@link #locate} finds the model.
   *
   * @param surroundings where the bundled models are, and the environment
   * @param messages told of a download
   * @param compute the precision decides which weights are downloaded
   * @return its files; nothing if the user wants none
   * @throws ModelException if there is no such model
   * @throws IOException if a download fails
   */
  public Optional<ModelFiles> refiner(
      Surroundings surroundings, Messages messages, ComputeOptions compute) throws IOException {
    if (refiner.isEmpty()) {
      return Optional.empty();
    }
    if (refiner.get().isEmpty()) {
      throw new InvalidRequestException("--refiner is empty; name a model, or leave it out");
    }
    Path path =
        find(refiner.get(), surroundings, messages, compute)
            .orElseThrow(
                () ->
                    new ModelException(
                        "there is no model %s for --refiner: it is neither a folder nor a file"
                            .formatted(refiner.get())));
    return Optional.of(refinerFiles(path, surroundings, messages));
  }

  /**
   * A refiner's files, with the tokenizer that a single file lacks.
   *
   * @param path the refiner
   * @param surroundings the environment
   * @param messages told of a download
   * @return its files
   * @throws ModelException as {@link #files} does
   * @throws IOException if a download fails
   */
  public ModelFiles refinerFiles(Path path, Surroundings surroundings, Messages messages)
      throws IOException {
    return withTokenizer(
        ModelFiles.of(path, Optional.empty(), Optional.empty(), surroundings.environment()),
        surroundings,
        messages);
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
  public ModelFiles files(Path path, Surroundings surroundings, Messages messages)
      throws IOException {
    return withTokenizer(
        ModelFiles.of(path, config, autoencoder, surroundings.environment())
            .withTextEncoders(textEncoders),
        surroundings,
        messages);
  }

  private static ModelFiles withTokenizer(
      ModelFiles files, Surroundings surroundings, Messages messages) throws IOException {
    if (files.lacksTokenizer()) {
      new HubModels(surroundings, messages).fetchTokenizer(files);
    }
    return files;
  }

  private Path path(Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    LocalModels models = new LocalModels(surroundings);
    if (model.isPresent() && model.get().isEmpty()) {
      throw new InvalidRequestException("--model is empty; leave it out for the bundled model");
    }
    Optional<String> wanted = model.or(models::named);
    if (wanted.isEmpty()) {
      return models.bundled();
    }
    String name = wanted.get();
    // With another model's configs a file in a folder means itself.
    Optional<Path> itself = models.find(name).filter(Files::isRegularFile);
    if (config.isPresent() && itself.isPresent()) {
      return itself.get();
    }
    return find(name, surroundings, messages, compute)
        .orElseThrow(
            () ->
                new ModelException(
                    "there is no model "
                        + name
                        + ": it is neither a folder nor a bundled model ("
                        + models.bundledNames()
                        + ")"));
  }

  private static Optional<Path> find(
      String name, Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    Optional<Path> local = new LocalModels(surroundings).find(name);
    if (local.isPresent()) {
      return local.map(ModelFiles::meant);
    }
    Optional<HubId> id = HubId.parse(name);
    if (id.isEmpty()) {
      return Optional.empty();
    }
    boolean half = compute.dtype().equals("fp16") || compute.dtype().equals("bf16");
    return Optional.of(
        new HubModels(surroundings, messages)
            .locate(id.get(), half ? WeightVariant.FP16 : WeightVariant.PLAIN));
  }
}
