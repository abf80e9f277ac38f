package io.darkroom.batch;

import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.Sha256;
import io.darkroom.image.FileNameLength;
import io.darkroom.image.NamePattern;
import io.darkroom.image.PictureFormat;
import io.darkroom.lora.LoraChoice;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.Choices;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.PictureSize;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePictures;
import io.darkroom.request.Starts;
import io.darkroom.text.PromptSyntax;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Turns the lines of a prompt file into pictures with seeds, hashes and file names. */
final class BatchPlanner {
  /** The order of earlier versions, in which it stays: a picture keeps its hash. */
  private static final List<Setting<?>> HASHED_FIRST =
      List.of(
          Setting.WIDTH,
          Setting.HEIGHT,
          Setting.STEPS,
          Setting.GUIDANCE_SCALE,
          Setting.SAMPLER,
          Setting.ETA);

  /** The same for those that are hashed only where they count. */
  private static final List<Setting<?>> HASHED_NEXT =
      List.of(
          Setting.SCHEDULE,
          Setting.GUIDANCE_RESCALE,
          Setting.CLIP_SKIP,
          Setting.GUIDANCE_INTERVAL,
          Setting.DEEP_CACHE);

  /** A picture counts by what is seen in it, not by where it lies. */
  private static final List<Setting<?>> PATHS = List.of(Setting.INIT_IMAGE, Setting.MASK);

  private final BatchSettings settings;
  private final long seed;
  private final TextToImage pipeline;

  /** Which line has a file. */
  private final Map<String, Integer> lines = new HashMap<>();

  /** Which line has an id. */
  private final Map<String, Integer> ids = new HashMap<>();

  /** Which line, the first of them, has a file in a folder. */
  private final Map<String, Integer> folders = new HashMap<>();

  /** The sampling settings and LoRAs that the model has accepted. */
  private final Set<Object> checked = new HashSet<>();

  /** The model's fingerprint with each set of LoRAs. */
  private final Map<List<LoraChoice>, String> models = new HashMap<>();

  /** Of the LoRAs, all and those that nobody was told of. */
  private final Set<String> warnings = new HashSet<>();

  private final List<String> freshWarnings = new ArrayList<>();

  /**
   * Creates a planner.
   *
   * @param settings the batch's
   * @param seed the batch's
   * @param pipeline the model
   */
  BatchPlanner(BatchSettings settings, long seed, TextToImage pipeline) {
    this.settings = settings;
    this.seed = seed;
    this.pipeline = pipeline;
    warnings.addAll(pipeline.warnings()); // told when the model opened
  }

  /**
   * The pictures of a line. Without a seed of its own the line's first picture has the batch's seed
   * plus the line's index; each further one has one more.
   *
   * @param index the line's place among all that say something, from 0
   * @param line the line
   * @return its pictures, at least one
   * @throws InvalidRequestException if this model cannot make them, or the file is not free
   * @throws IOException if the folder cannot be looked into
   */
  List<BatchPicture> plan(int index, PromptLine line) throws IOException {
    Starts.Chosen chosen = settings.start(line);
    Choices choices = chosen.choices();
    chosen.notes().stream().filter(warnings::add).forEach(freshWarnings::add);
    int images = line.images().orElse(settings.images());
    long first = line.seed().orElse(seed + index);
    List<LoraChoice> loras = settings.lorasOf(line);
    List<BatchPicture> pictures = new ArrayList<>();
    Set<String> paths = new LinkedHashSet<>();
    for (int i = 0; i < images; i++) {
      ImageRequest request =
          chosen.request(line.prompt(), first, i, pipeline.defaults(), pipeline.sizeFactor());
      if (i == 0 && !checked.contains(List.of(choices, loras))) {
        check(request, loras);
        checked.add(List.of(choices, loras));
      }
      String hash = hash(request, loras);
      String path = path(line, request, i + 1);
      requireSize(path, request.settings().resultSize(pipeline.sizeFactor()));
      requireFree(path, line.number());
      if (!paths.add(path)) {
        throw new InvalidRequestException(
            "output '%s' names one file for %d pictures; put {seed} or {index} into it"
                .formatted(line.output().orElse(path), images));
      }
      String id = line.id().orElse(Integer.toString(line.number()));
      String ownId = images == 1 ? id : id + "-" + (i + 1);
      requireOwn(ownId, line.number());
      pictures.add(
          new BatchPicture(
              ownId, line.number(), request, loras, hash, path, line.output().isPresent()));
    }
    pictures.forEach(picture -> ids.put(picture.id(), line.number()));
    for (String path : paths) {
      lines.put(path, line.number());
      foldersOf(path).forEach(folder -> folders.putIfAbsent(folder, line.number()));
    }
    return pictures;
  }

  /** What the user should know of the lines' LoRAs since the last call, a line each. */
  List<String> takeWarnings() {
    List<String> fresh = List.copyOf(freshWarnings);
    freshWarnings.clear();
    return fresh;
  }

  private void check(ImageRequest request, List<LoraChoice> loras) {
    try {
      pipeline.check(request, loras).stream().filter(warnings::add).forEach(freshWarnings::add);
      models.computeIfAbsent(loras, pipeline::fingerprint);
    } catch (ModelException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /** Tells whether a picture that was planned has a file. */
  boolean hasPlanned(String path) {
    return lines.containsKey(path);
  }

  private String hash(ImageRequest request, List<LoraChoice> loras) {
    PictureSettings shape = request.settings();
    JsonObject json = new JsonObject();
    json.addProperty("model", models.get(loras));
    json.addProperty("dtype", settings.dtype());
    json.addProperty("prompt", request.prompt());
    json.addProperty("negative_prompt", request.negativeText());
    json.addProperty("seed", request.seed());
    HASHED_FIRST.forEach(setting -> add(setting, shape, json));
    if (request.promptSyntax() == PromptSyntax.WEIGHTED
        && pipeline.dependsOnPromptSyntax(request, loras)) {
      // Else the picture is the one that it was before there was a choice.
      json.addProperty("prompt_syntax", request.promptSyntax().optionName());
    }
    // Only where they count, so that pictures from before they were there keep their hash.
    if (request.hasEmptyNegativePrompt() && pipeline.tellsEmptyNegativePromptApart()) {
      json.addProperty("empty_negative_prompt", "encoded");
    }
    Stream.concat(HASHED_NEXT.stream(), Setting.ALL.stream())
        .distinct()
        .filter(setting -> !HASHED_FIRST.contains(setting) && !isPath(setting, shape))
        .filter(setting -> !shape.goesWithoutSaying(setting))
        .forEach(setting -> add(setting, shape, json));
    SourcePictures.hashes(request.start()).forEach(json::addProperty);
    pipeline
        .upscalerHash(request)
        .ifPresent(hash -> json.addProperty(TextToImage.UPSCALER_HASH, hash));
    Map<String, String> embeddings = new TreeMap<>(pipeline.embeddingsOfFolders(request));
    if (!embeddings.isEmpty()) {
      json.addProperty("embeddings", embeddings.toString());
    }
    return Sha256.of(json.toString());
  }

  private static boolean isPath(Setting<?> setting, PictureSettings shape) {
    return PATHS.contains(setting)
        || (setting.equals(Setting.HIRES_UPSCALER)
            && shape.get(Setting.HIRES_UPSCALER).flatMap(HiresUpscaler::network).isPresent());
  }

  private static void add(Setting<?> setting, PictureSettings shape, JsonObject json) {
    shape.written(setting).ifPresent(value -> json.add(setting.key(), value));
  }

  private String path(PromptLine line, ImageRequest request, int image) throws IOException {
    if (line.output().isPresent()) {
      return namedPath(line.output().get(), request, image);
    }
    String number = String.format(Locale.ROOT, "%04d", line.number());
    // Variations of one picture share its seed.
    boolean isVaried = request.settings().get(Setting.VARIATION).isPresent();
    String pattern = isVaried ? "-{prompt}-{seed}-{index}.png" : "-{prompt}-{seed}.png";
    return expand(number + pattern, request, image);
  }

  private static void requireSize(String path, PictureSize shape) {
    boolean fits =
        PictureFormat.ofName(path)
            .map(format -> format.canHold(shape.width(), shape.height()))
            .orElse(false);
    if (!fits) {
      throw new InvalidRequestException(
          "output '%s' cannot hold a picture of %dx%d; use a name that ends in .png"
              .formatted(path, shape.width(), shape.height()));
    }
  }

  private static String expand(String pattern, ImageRequest request, int image) {
    Path path = new NamePattern(pattern).path(Path.of(""), request.prompt(), request.seed(), image);
    return path.toString().replace('\\', '/');
  }

  private String namedPath(String output, ImageRequest request, int image) throws IOException {
    String path = expand(output, request, image);
    OutputName.check(path);
    Path normal = Path.of(path).normalize();
    requireInside(normal, output);
    requireFile(normal, output);
    try {
      FileNameLength.require(settings.folder(), settings.folder().resolve(normal));
    } catch (FileSystemException e) {
      throw new InvalidRequestException(
          "output '%s' cannot be used: %s".formatted(OneLine.of(output), e.getReason()));
    }
    return normal.toString().replace('\\', '/');
  }

  /** A symbolic link in the folder may lead out of it. */
  private void requireInside(Path path, String output) throws IOException {
    if (!Files.exists(settings.folder())) {
      return;
    }
    Path home = settings.folder().toRealPath();
    Path below = settings.folder();
    for (Path part : path) {
      below = below.resolve(part);
      if (Files.isSymbolicLink(below)
          && (!Files.exists(below) || !below.toRealPath().startsWith(home))) {
        throw new InvalidRequestException(
            "output '" + output + "' leads out of the batch's folder through a symbolic link");
      }
    }
  }

  /** What is in the folder already must not be in the way. */
  private void requireFile(Path path, String output) {
    if (Files.isDirectory(settings.folder().resolve(path))) {
      throw new InvalidRequestException("output '" + output + "' is a folder; name a file");
    }
    for (Path folder = path.getParent(); folder != null; folder = folder.getParent()) {
      Path there = settings.folder().resolve(folder);
      if (Files.exists(there) && !Files.isDirectory(there)) {
        throw new InvalidRequestException(
            "output '" + output + "' needs a folder where there is a file, '" + folder + "'");
      }
    }
  }

  private void requireOwn(String id, int line) {
    if (ids.containsKey(id)) {
      throw new InvalidRequestException(
          "line %d already has the id '%s'; give line %d another one"
              .formatted(ids.get(id), OneLine.of(id), line));
    }
  }

  private void requireFree(String path, int line) {
    Optional<Integer> other = Optional.ofNullable(lines.get(path));
    if (other.isPresent()) {
      throw new InvalidRequestException(
          "line "
              + other.get()
              + " has the same output '"
              + path
              + "'; line "
              + line
              + " needs another");
    }
    Optional<Integer> inside = Optional.ofNullable(folders.get(path));
    if (inside.isPresent()) {
      throw new InvalidRequestException(
          "output '%s' is a folder of line %d's output; line %d needs another"
              .formatted(path, inside.get(), line));
    }
    for (String folder : foldersOf(path)) {
      if (lines.containsKey(folder)) {
        throw new InvalidRequestException(
            "output '%s' needs a folder where line %d has the file '%s'; line %d needs another"
                .formatted(path, lines.get(folder), folder, line));
      }
    }
  }

  /** The folders that a path lies in, the batch's own left out. */
  private static List<String> foldersOf(String path) {
    List<String> folders = new ArrayList<>();
    for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      folders.add(path.substring(0, end));
    }
    return folders;
  }
}
