package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a model is to be read from, as the user said it. {@link #open} is the one entry to all
 * layouts.
 *
 * @param model a directory in diffusers' layout, or a single-file checkpoint
 * @param config a directory with what a single file does not tell: configs and a tokenizer, in
 *     diffusers' layout
 * @param autoencoder a file or folder with an autoencoder instead of the model's own
 * @param textEncoders files or folders with text encoders instead of the model's own
 * @param refiner a model that goes on with this one's latents
 * @param hubCache where the Hugging Face tools keep downloads; a single file's tokenizer is looked
 *     for there last
 */
public record ModelFiles(
    Path model,
    Optional<Path> config,
    Optional<Path> autoencoder,
    List<Path> textEncoders,
    Optional<ModelFiles> refiner,
    Path hubCache) {
  /** A model in the hub's cache, whose own folder is named by a commit. */
  private static final Pattern SNAPSHOT =
      Pattern.compile("/models--([^/]+?)--([^/]+)/snapshots/[0-9a-f]{40}$");

  private static final List<String> BESIDE = List.of(".vae.safetensors", ".vae.pt", ".vae.ckpt");

  /** The repository on the hub with the tokenizer of every single-file checkpoint. */
  public static final String TOKENIZER_REPOSITORY = TokenizerSearch.REPOSITORY;

  /** The files of this repository that are the tokenizer. */
  public static final List<String> TOKENIZER_FILES = TokenizerSearch.FILES;

  private static final String INDEX = "model_index.json";

  /** Takes its own copy of the list. */
  public ModelFiles {
    textEncoders = List.copyOf(textEncoders);
  }

  /**
   * A model with its own text encoders.
   *
   * @param model a directory or a file
   * @param config a directory with what a single file does not tell
   * @param autoencoder an autoencoder instead of the model's own
   * @param hubCache where the Hugging Face tools keep downloads
   */
  public ModelFiles(Path model, Optional<Path> config, Optional<Path> autoencoder, Path hubCache) {
    this(model, config, autoencoder, List.of(), Optional.empty(), hubCache);
  }

  /**
   * The model that a path means: a path to the index of a model's directory, or into one of its
   * parts, means the whole directory; a folder that holds a U-Net and nothing else means the U-Net.
   *
   * @param path any path, such as {@code model/unet/diffusion_pytorch_model.safetensors}
   * @return the model's directory or file; the same path if it means itself
   */
  public static Path meant(Path path) {
    Path folder = path.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.exists(path) || Files.exists(path.resolve(INDEX))) {
      return path;
    }
    boolean text = Files.isRegularFile(path) && path.toString().endsWith(".json");
    if (text && Files.exists(folder.resolve(INDEX))) {
      return parent(path, 1);
    }
    int up = Files.isRegularFile(path) ? 2 : 1;
    Path part = up == 2 ? folder : path.toAbsolutePath().normalize();
    if (part.getParent() != null
        && Component.of(String.valueOf(part.getFileName())).isPresent()
        && Files.exists(part.resolveSibling(INDEX))) {
      return parent(path, up);
    }
    return Files.isDirectory(path) && Files.isRegularFile(path.resolve("config.json"))
        ? WeightsFolder.find(path, Component.UNET).orElse(path)
        : path;
  }

  private static Path parent(Path path, int up) {
    Path whole = path.toAbsolutePath().normalize();
    Path relative = path;
    for (int i = 0; i < up; i++) {
      whole = whole.getParent();
      relative = relative == null ? null : relative.getParent();
    }
    // As the user wrote it, where that says as much.
    return relative == null ? whole : relative;
  }

  /**
   * A model with nothing beside it.
   *
   * @param model a directory or a file
   * @return the model's files, with the hub's cache of this process
   */
  public static ModelFiles of(Path model) {
    return of(model, Optional.empty(), Optional.empty(), System.getenv());
  }

  /**
   * A model.
   *
   * @param model a directory or a file
   * @param config a directory with what a single file does not tell
   * @param autoencoder an autoencoder instead of the model's own
   * @param environment the process's variables, which tell where the hub's cache is
   * @return the model's files
   */
  public static ModelFiles of(
      Path model,
      Optional<Path> config,
      Optional<Path> autoencoder,
      Map<String, String> environment) {
    return new ModelFiles(model, config, autoencoder, HubEnvironment.of(environment).cache());
  }

  /**
   * The same with text encoders instead of the model's own.
   *
   * @param paths files or folders
   * @return the model's files
   */
  public ModelFiles withTextEncoders(List<Path> paths) {
    return new ModelFiles(model, config, autoencoder, paths, refiner, hubCache);
  }

  /**
   * The same with a model that goes on with this one's latents.
   *
   * @param files the refiner's
   * @return the model's files
   */
  public ModelFiles withRefiner(Optional<ModelFiles> files) {
    return new ModelFiles(model, config, autoencoder, textEncoders, files, hubCache);
  }

  /**
   * The name that people know a model by.
   *
   * @param model a directory or a file
   * @return the directory's name, or the file's without its ending
   */
  public static String name(Path model) {
    Path path = model.toAbsolutePath().normalize();
    Matcher snapshot = SNAPSHOT.matcher(path.toString().replace('\\', '/'));
    if (snapshot.find()) {
      return snapshot.group(1) + "/" + snapshot.group(2);
    }
    Path name = path.getFileName();
    if (name != null && name.toString().startsWith("diffusion_pytorch_model.")) {
      Path folder = path.getParent(); // what lies in it is called alike everywhere
      return name(
          String.valueOf(folder.getFileName()).equals(Component.UNET.folder())
              ? folder.getParent()
              : folder);
    }
    if (name == null) {
      return "model"; // only the root has none
    }
    return Files.isDirectory(model)
        ? name.toString()
        : name.toString().replaceFirst("\\.(safetensors|ckpt|pth?|bin)$", "");
  }

  /**
   * Tells whether the model is a single file whose tokenizer is nowhere: not beside it, not in the
   * folder of configs, not in the hub's cache. Once {@link #TOKENIZER_FILES} are in the cache,
   * {@link #open} finds them there.
   *
   * @return whether a tokenizer is to be brought
   * @throws ModelException if the model is a file that Darkroom does not run, or damaged
   */
  public boolean lacksTokenizer() {
    return Files.isRegularFile(model) && openCheckpoint().lacksTokenizer();
  }

  /**
   * Tells whether there is a U-Net, as in each diffusion model, and in no upscaler of one pass.
   *
   * @return whether the model is a directory, or a file with a U-Net in it
   * @throws ModelException if it is a file that is damaged, or holds no weights
   */
  public boolean hasUNet() {
    if (Files.isDirectory(model)) {
      return true;
    }
    try (WeightsFile file = WeightsFormat.open(model)) {
      return !LatentDiffusionNames.unet(file.shapes().keySet()).isEmpty();
    }
  }

  /**
   * What to say where the tokenizer could not be brought.
   *
   * @param failure why
   * @return what is missing and what to do
   */
  public String withoutTokenizer(String failure) {
    return TokenizerSearch.missing(model, ", and none could be downloaded: " + failure);
  }

  /**
   * Opens the model, which is a single file.
   *
   * @return the checkpoint, with its own autoencoder
   * @throws ModelException if it is missing, malformed, or of a kind that Darkroom does not run
   */
  public CheckpointFile openCheckpoint() {
    return CheckpointFile.open(model, config, hubCache);
  }

  /**
   * Opens a model that paints, in whatever layout it is.
   *
   * @return the model
   * @throws ModelException if it is missing, malformed, of a kind that Darkroom does not run or
   *     that enlarges pictures, or if the other paths do not suit it
   */
  public ModelSource open() {
    ModelSource source = openAny();
    if (source.kind().enlarging().isPresent()) {
      throw new ModelException(
          "%s: is a %s, which enlarges pictures but does not paint them; use it with darkroom upscale"
              .formatted(model, source.kind().title()));
    }
    return source;
  }

  /**
   * Opens a model that enlarges pictures.
   *
   * @return the model
   * @throws ModelException if it is missing, malformed, or of another kind, which the message names
   */
  public ModelSource openUpscaler() {
    ModelSource source = openAny();
    if (source.kind().enlarging().isEmpty()) {
      throw new ModelException(
          "%s: is a %s model, which paints pictures but does not enlarge them; %s"
              .formatted(
                  model,
                  source.kind().title(),
                  "darkroom upscale takes an ESRGAN file, a Stable Diffusion x4 upscaler or a latent"
                      + " diffusion super-resolution model"));
    }
    return source;
  }

  private ModelSource openAny() {
    ModelSource source =
        Files.isRegularFile(model) ? openCheckpoint() : DiffusersDirectory.open(model);
    if (source instanceof DiffusersDirectory) {
      if (config.isPresent()) {
        throw new ModelException(
            model + ": has its own configs; --config is for a checkpoint file");
      }
    }
    ModelSource whole = withAutoencoder(SeparateTextEncoder.in(source, textEncoders));
    return refiner.map(files -> RefinedModel.in(whole, files.open())).orElse(whole);
  }

  private ModelSource withAutoencoder(ModelSource whole) {
    if (autoencoder.isPresent()) {
      return SeparateAutoencoder.in(whole, autoencoder.get(), SeparateAutoencoder.Use.PICTURES);
    }
    return autoencoderBeside()
        .<ModelSource>map(
            file -> SeparateAutoencoder.in(whole, file, SeparateAutoencoder.Use.BESIDE))
        .orElse(whole);
  }

  /** As AUTOMATIC1111's web UI finds it: under the checkpoint's name. */
  private Optional<Path> autoencoderBeside() {
    if (!Files.isRegularFile(model)) {
      return Optional.empty();
    }
    String name = name(model);
    return BESIDE.stream()
        .map(ending -> model.resolveSibling(name + ending))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * Opens a tiny autoencoder that shows what a model's unfinished latents will become.
   *
   * @param model the model, which stays as it is
   * @param autoencoder a file or folder with a tiny autoencoder
   * @return the same model, but that its {@code vae} is this one
   * @throws ModelException if it is no tiny autoencoder, or none for this model's latents
   */
  public static ModelSource forPreviews(ModelSource model, Path autoencoder) {
    return SeparateAutoencoder.in(model, autoencoder, SeparateAutoencoder.Use.PREVIEWS);
  }
}
