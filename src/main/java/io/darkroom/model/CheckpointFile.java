package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.Sha256;
import io.darkroom.weights.SafetensorsFile;
import io.darkroom.weights.StoredTensor;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.StoredWeight;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A model in one file, in the layout of the original latent diffusion code: a safetensors file or
 * PyTorch's. What is in it is told by names and shapes; what no file tells comes from a directory
 * of configs, else from the file's family. Components are read when they are asked for. A file may
 * hold the U-Net alone, by diffusers' names, too; what it lacks comes from the directory, if that
 * has weights.
 *
 * <p>The components are those of {@link ModelSource}, and for Stable Diffusion XL {@code
 * text_encoder_2} and {@code tokenizer_2}. Not for use by several threads.
 */
public final class CheckpointFile implements ModelSource {
  private static final int HASH_DIGITS = 10;
  private static final String STEP = "global_step";

  private final Path file;
  private final Optional<Path> config;
  private final Path hubCache;
  private final Map<String, long[]> shapes;
  private final Map<String, StoredType> types;
  private final Map<String, String> metadata;
  private final Map<String, long[]> unet;
  private final CheckpointFamily family;
  private final OriginalConfig original;
  private final Optional<ToldPrediction> told;
  private final Optional<EdmMarks> marks;
  private String digest = "";
  private Optional<String> rest = Optional.empty();

  private CheckpointFile(Path file, Optional<Path> config, Path hubCache, WeightsFile weights) {
    this.file = file;
    this.config = config;
    this.hubCache = hubCache;
    this.shapes = weights.shapes();
    this.types = weights.types();
    this.metadata = metadata(weights);
    this.unet = new LinkedHashMap<>();
    LatentDiffusionNames.unet(shapes.keySet())
        .forEach((name, weight) -> unet.put(name, weight.shape(shapes.get(weight.name()))));
    this.family = CheckpointFamily.of(file.toString(), shapes, unet);
    this.original = OriginalConfig.beside(file);
    this.told =
        original.prediction().or(() -> ToldPrediction.of(family, shapes.keySet(), metadata));
    this.marks = EdmMarks.of(weights);
  }

  /** A file of PyTorch's that became a safetensors file may have kept its numbers as tensors. */
  private static Map<String, String> metadata(WeightsFile weights) {
    Map<String, String> metadata = new LinkedHashMap<>(weights.metadata());
    if (weights instanceof SafetensorsFile safetensors) {
      StoredTensor step = safetensors.tensors().get(STEP);
      if (step != null && step.count() == 1 && step.type() == StoredType.I64) {
        metadata.putIfAbsent(STEP, safetensors.number(step).toString());
      }
    }
    return metadata;
  }

  /**
   * Opens a checkpoint.
   *
   * @param file the file
   * @param config a directory in diffusers' layout, whose configs and tokenizer count more than the
   *     family's
   * @param hubCache where the Hugging Face tools keep downloads; a tokenizer is looked for there
   * @return the model
   * @throws ModelException if the file is missing, damaged or of another kind, or there is nothing
   *     in the directory
   */
  static CheckpointFile open(Path file, Optional<Path> config, Path hubCache) {
    config.ifPresent(CheckpointFile::requireConfigs);
    try (WeightsFile weights = WeightsFormat.open(file)) {
      return new CheckpointFile(file, config, hubCache, weights);
    }
  }

  private static void requireConfigs(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new ModelException(
          directory + ": is not a folder; --config takes a folder in the diffusers layout");
    }
    boolean some =
        Arrays.stream(Component.values())
                .filter(component -> !component.isTokenizer())
                .anyMatch(component -> Files.isRegularFile(component.config(directory)))
            || TokenizerSearch.isTokenizer(directory.resolve(Component.TOKENIZER.folder()));
    if (!some) {
      throw new ModelException(
          directory
              + ": has no config of a model, such as unet/config.json; --config takes a"
              + " directory in diffusers' layout");
    }
  }

  /** What lies beside a U-Net of diffusers' and is its own, not another model's. */
  private static Optional<Path> ownConfig(Path file, Map<String, long[]> shapes) {
    Path config = file.resolveSibling("config.json");
    boolean isOwn =
        shapes.containsKey("conv_in.weight")
            && Files.isRegularFile(config)
            && JsonConfig.read(config).text("_class_name", "").equals("UNet2DConditionModel");
    return isOwn ? Optional.of(config) : Optional.empty();
  }

  /**
   * The family that the file is of.
   *
   * @return the family
   */
  public CheckpointFamily family() {
    return family;
  }

  /**
   * The networks in the file.
   *
   * @return how each is stored; one that the family has and the file lacks is not among them
   */
  public List<StoredNetwork> networks() {
    List<StoredNetwork> networks = new ArrayList<>();
    for (Component component : kind().networks()) {
      List<String> names =
          family.weights(component, shapes.keySet(), settings(component)).values().stream()
              .map(StoredWeight::name)
              .toList();
      if (!names.isEmpty()) {
        networks.add(StoredNetwork.of(component, names, shapes, types));
      }
    }
    return networks;
  }

  /**
   * The licence that the file names.
   *
   * @return its name, where whoever wrote the file said it
   * @see <a href="https://github.com/Stability-AI/ModelSpec">ModelSpec</a>, which has the key
   */
  public Optional<String> licence() {
    return Optional.ofNullable(metadata.get("modelspec.license"))
        .map(OneLine::of)
        .filter(name -> !name.isBlank());
  }

  /**
   * How it is known what the U-Net predicts.
   *
   * @return where the file tells it, in words, or that it does not; empty where there is no doubt
   */
  public Optional<String> predictionReason() {
    if (isConfigured(Component.SCHEDULER) || distillation().isPresent()) {
      return Optional.empty();
    }
    Optional<String> reason =
        marks.map(EdmMarks::reason).or(() -> told.map(ToldPrediction::reason));
    return reason.isEmpty() && family == CheckpointFamily.STABLE_DIFFUSION_2
        ? Optional.of("the file does not say; base models predict the noise")
        : reason;
  }

  @Override
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>();
    original.warning().ifPresent(warnings::add);
    Optional<Distillation> distillation = distillation();
    boolean doubtful =
        family == CheckpointFamily.STABLE_DIFFUSION_2
            && told.isEmpty()
            && marks.isEmpty()
            && !isConfigured(Component.SCHEDULER);
    if (distillation.isPresent()) {
      warnings.add(distillation.get().notice(file.getFileName().toString()));
    } else if (doubtful) {
      warnings.add(
          file.getFileName()
              + " does not say what it predicts. Darkroom assumes a model of Stable Diffusion 2"
              + " that predicts the velocity at 768x768. For one of the base models, which predict"
              + " the noise at 512x512, give the folder of such a model with --config, or use"
              + " --prediction epsilon");
    }
    return warnings;
  }

  private boolean isConfigured(Component component) {
    return config.filter(directory -> Files.isRegularFile(component.config(directory))).isPresent();
  }

  @Override
  public String name() {
    return ModelFiles.name(file);
  }

  @Override
  public ModelKind kind() {
    return family.kind();
  }

  @Override
  public JsonConfig settings(Component component) {
    Optional<Path> own = component == Component.UNET ? ownConfig(file, shapes) : Optional.empty();
    JsonConfig configured =
        own.or(
                () ->
                    config
                        .map(directory -> component.config(directory))
                        .filter(Files::isRegularFile))
            .map(JsonConfig::read)
            .orElseGet(() -> familySettings(component));
    JsonConfig settings =
        component == Component.UNET
            ? withInputChannels(UNetStructure.of(unet.keySet()).correct(configured))
            : configured;
    return marks.isPresent() ? marks.get().settings(component, settings) : settings;
  }

  /** A U-Net for inpainting sees more than latents, which its first convolution tells. */
  private JsonConfig withInputChannels(JsonConfig settings) {
    long[] convolution = unet.getOrDefault("conv_in.weight", new long[0]);
    if (convolution.length != 4 || settings.integer("in_channels", 4) == convolution[1]) {
      return settings;
    }
    JsonObject json = settings.json().deepCopy();
    json.addProperty("in_channels", convolution[1]);
    return JsonConfig.of(settings.source(), json);
  }

  private JsonConfig familySettings(Component component) {
    JsonConfig usual = family.settings(component, file.toString(), shapes, unet, told);
    Optional<Distillation> distillation = distillation();
    return component == Component.SCHEDULER && distillation.isPresent()
        ? distillation.get().scheduler(usual)
        : usual;
  }

  /** By the file's name, where neither a config nor the file says what the scheduler is. */
  private Optional<Distillation> distillation() {
    boolean silent =
        told.filter(prediction -> !prediction.type().equals(ToldPrediction.NOISE)).isEmpty()
            && marks.isEmpty()
            && !isConfigured(Component.SCHEDULER);
    return silent ? Distillation.byName(file.getFileName().toString()) : Optional.empty();
  }

  @Override
  public ComponentWeights weights(Component component) {
    Map<String, StoredWeight> weights =
        family.weights(component, shapes.keySet(), settings(component));
    if (!weights.isEmpty()) {
      return new ComponentWeights(WeightsFormat.open(file), weights);
    }
    return ComponentWeights.open(
        component, configuredWeights(component).orElseThrow(() -> lacking(component)));
  }

  private ModelException lacking(Component component) {
    return new ModelException(
        "%s: contains no %s; give one with --%s%s"
            .formatted(
                file,
                component,
                component == Component.AUTOENCODER ? "vae" : "text-encoder",
                ", or give all missing parts with the --config of a model that has weights"));
  }

  /** Of a component that the file lacks. */
  private Optional<Path> configuredWeights(Component component) {
    return config.flatMap(
        directory -> WeightsFolder.find(directory.resolve(component.folder()), component));
  }

  private boolean isInFile(Component component) {
    return !family.weights(component, shapes.keySet(), settings(component)).isEmpty();
  }

  @Override
  public Path tokenizer(Component component) {
    return foundTokenizer(component)
        .orElseThrow(() -> new ModelException(TokenizerSearch.missing(file, "")));
  }

  /** Whether a tokenizer that the model needs is nowhere to be found. */
  boolean lacksTokenizer() {
    return kind().tokenizers().stream().anyMatch(component -> foundTokenizer(component).isEmpty());
  }

  /** The model's own; else, as all families have one vocabulary, another one with CLIP's. */
  private Optional<Path> foundTokenizer(Component component) {
    return configuredTokenizer(component)
        .or(() -> configuredTokenizer(Component.TOKENIZER))
        .or(() -> TokenizerSearch.find(file, component, hubCache));
  }

  private Optional<Path> configuredTokenizer(Component component) {
    return config
        .map(directory -> directory.resolve(component.folder()))
        .filter(TokenizerSearch::isTokenizer);
  }

  @Override
  public Optional<String> paddingToken(Component component) {
    return configuredTokenizer(component).isPresent()
        ? Optional.empty()
        : Optional.of(family.paddingToken(component));
  }

  @Override
  public Optional<JsonObject> generationDefaults() {
    return config
        .map(directory -> directory.resolve("darkroom.json"))
        .filter(Files::isRegularFile)
        .map(wishes -> JsonConfig.read(wishes).json())
        .or(() -> kind().enlarging().map(ModelKind.Enlarging::wishes))
        .or(
            () ->
                distillation()
                    .or(() -> Distillation.byScheduler(settings(Component.SCHEDULER)))
                    .map(Distillation::wishes))
        .or(() -> marks.map(EdmMarks::wishes).filter(wishes -> !wishes.isEmpty()));
  }

  @Override
  public String hash() {
    String rest = rest();
    return (rest.isEmpty() ? digest() : Sha256.of(digest() + '\n' + rest))
        .substring(0, HASH_DIGITS);
  }

  /** The hashes of what the file lacks. */
  private String rest() {
    if (rest.isEmpty()) {
      rest =
          Optional.of(
              kind().networks().stream()
                  .filter(component -> !isInFile(component))
                  .flatMap(component -> configuredWeights(component).stream())
                  .flatMap(weights -> WeightsFolder.files(weights).stream())
                  .map(part -> Sha256.ofModelFile(part) + '\n')
                  .collect(Collectors.joining()));
    }
    return rest.get();
  }

  private String digest() {
    if (digest.isEmpty()) {
      digest = Sha256.ofModelFile(file);
    }
    return digest;
  }

  @Override
  public String fingerprint() {
    StringBuilder content = new StringBuilder("weights ").append(digest()).append('\n');
    for (Component component : kind().configured()) {
      content.append(component).append(' ').append(settings(component).json()).append('\n');
    }
    content.append(rest());
    for (Component component : kind().tokenizers()) {
      content.append(component).append(' ').append(paddingToken(component)).append('\n');
      Path tokenizer = tokenizer(component);
      for (String name : tokenizerFiles(tokenizer)) {
        Path part = tokenizer.resolve(name);
        if (Files.exists(part)) {
          content.append(name).append(' ').append(Sha256.ofModelFile(part)).append('\n');
        }
      }
    }
    return Sha256.of(content.toString());
  }

  /**
   * The files that make a tokenizer what it is. In the hub's cache other tools may add the same
   * vocabulary in another form at any time: a batch that was begun before is still the same.
   */
  private List<String> tokenizerFiles(Path folder) {
    boolean shared =
        folder.startsWith(hubCache)
            && TokenizerSearch.FILES.stream()
                .allMatch(name -> Files.isRegularFile(folder.resolve(name)));
    return shared ? TokenizerSearch.FILES : List.of("tokenizer.json", "vocab.json", "merges.txt");
  }
}
