package io.darkroom.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.Sha256;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A learned word (Gal et al., arXiv 2208.01618): vectors that stand in a prompt where its name is
 * written.
 *
 * @param name what a prompt calls it
 * @param hash the first twelve hexadecimal digits of the file's SHA-256, by which AUTOMATIC1111's
 *     web UI tells embeddings apart
 * @param source the file, for messages
 * @param parts the vectors for each text encoder that it has some for, equally many for each
 */
public record TextualInversion(
    String name, String hash, String source, Map<Encoder, Vectors> parts) {
  private static final int HASH_DIGITS = 12;

  /** The tensor's name in the web UI's safetensors files. */
  private static final String WEB_UI = "emb_params";

  /** What the tensors' names begin with in the web UI's files of PyTorch. */
  private static final String DICTIONARY = "string_to_param.";

  /** What OneTrainer has for the place behind a text encoder. */
  private static final Set<String> OUTPUTS =
      Set.of("clip_l_out", "clip_g_out", "emb_params_out", "t5_out");

  private static final Pattern BUNDLED = Pattern.compile("bundle_emb\\.([^.]+)\\..+");

  /** A text encoder's place in its model. */
  public enum Encoder {
    /** The one of Stable Diffusion 1 and 2. */
    ONLY("", "the only text encoder"),
    /** SDXL's first. */
    FIRST("clip_l", "Stable Diffusion XL's first text encoder"),
    /** SDXL's second. */
    SECOND("clip_g", "Stable Diffusion XL's second text encoder");

    /** The tensor's name in a file for several text encoders. */
    private final String key;

    private final String text;

    Encoder(String key, String text) {
      this.key = key;
      this.text = text;
    }
  }

  /**
   * Vectors for one text encoder.
   *
   * @param width numbers in a vector
   * @param values the vectors one after another
   */
  public record Vectors(int width, float[] values) {
    /** Keeps the numbers from being changed. */
    public Vectors {
      values = values.clone();
      if (width < 1 || values.length == 0 || values.length % width != 0) {
        throw new IllegalArgumentException(values.length + " numbers, " + width + " in a vector");
      }
    }

    /**
     * The vectors one after another.
     *
     * @return a copy of them
     */
    @Override
    public float[] values() {
      return values.clone();
    }

    /**
     * How many there are.
     *
     * @return vectors
     */
    public int count() {
      return values.length / width;
    }

    /** By what it holds. */
    @Override
    public boolean equals(Object other) {
      return other instanceof Vectors that
          && width == that.width
          && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
      return 31 * width + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
      return count() + " x " + width;
    }
  }

  /** Keeps the parts from being changed. */
  public TextualInversion {
    parts = Map.copyOf(parts);
    if (parts.values().stream().mapToInt(Vectors::count).distinct().count() != 1) {
      throw new IllegalArgumentException("not equally many vectors: " + parts);
    }
  }

  // ---------------------------------------------------------------- reading

  /**
   * Reads a file under its own name.
   *
   * @param file a safetensors file, or one of PyTorch
   * @return the embedding
   * @throws ModelException if the file is missing, malformed or of another form
   */
  public static TextualInversion read(Path file) {
    return read(EmbeddingChoice.of(file));
  }

  /**
   * Reads a file, told by what is in it: the tensor {@code emb_params} or the only one in {@code
   * string_to_param} of AUTOMATIC1111's web UI, {@code clip_l} and {@code clip_g} for SDXL, or the
   * only tensor there is, as diffusers writes it; each {@code [width]} or {@code [vectors, width]}.
   *
   * @param choice the file and its name
   * @return the embedding
   * @throws ModelException if the file is missing, malformed or of another form
   * @see <a
   *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/textual_inversion/textual_inversion.py">the
   *     web UI's forms</a>
   * @see <a
   *     href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/loaders/textual_inversion.py">those
   *     of diffusers</a>
   */
  public static TextualInversion read(EmbeddingChoice choice) {
    Path file = choice.file();
    try (WeightsFile weights = WeightsFormat.open(file);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      return read(choice.name(), weights, "", manager);
    }
  }

  /**
   * Reads the embeddings that a LoRA was trained with and has in its own file, under {@code
   * bundle_emb.NAME.}, each in one of the forms of a file by itself.
   *
   * @param file the LoRA's file
   * @return its embeddings, perhaps none
   * @throws ModelException if the file is missing or malformed, or an embedding is of another form
   */
  public static List<TextualInversion> bundledIn(Path file) {
    try (WeightsFile weights = WeightsFormat.open(file);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      return weights.shapes().keySet().stream()
          .map(BUNDLED::matcher)
          .filter(Matcher::matches)
          .map(name -> name.group(1))
          .distinct()
          .map(name -> read(name, weights, "bundle_emb." + name + ".", manager))
          .toList();
    }
  }

  private static TextualInversion read(
      String name, WeightsFile weights, String prefix, NDManager manager) {
    Path file = weights.path();
    Map<String, long[]> shapes = new LinkedHashMap<>();
    weights
        .shapes()
        .forEach(
            (tensor, shape) -> {
              if (tensor.startsWith(prefix)) {
                shapes.put(tensor.substring(prefix.length()), shape);
              }
            });
    Map<Encoder, Vectors> parts = new EnumMap<>(Encoder.class);
    keys(file, shapes)
        .forEach((encoder, key) -> parts.put(encoder, vectors(weights, prefix + key, manager)));
    if (parts.values().stream().mapToInt(Vectors::count).distinct().count() != 1) {
      throw new ModelException(
          "%s: has %d vectors in clip_l, but %d in clip_g; both encoders need the same number"
              .formatted(
                  file, parts.get(Encoder.FIRST).count(), parts.get(Encoder.SECOND).count()));
    }
    String hash = Sha256.ofModelFile(file).substring(0, HASH_DIGITS);
    return new TextualInversion(name, hash, file.toString(), parts);
  }

  /** Finds out which tensor is for which text encoder. */
  private static Map<Encoder, String> keys(Path file, Map<String, long[]> stored) {
    Map<String, long[]> shapes = withoutOutputs(file, stored);
    if (shapes.containsKey(WEB_UI)) {
      return Map.of(Encoder.ONLY, WEB_UI);
    }
    List<String> words =
        shapes.keySet().stream().filter(key -> key.startsWith(DICTIONARY)).toList();
    if (words.size() > 1) {
      throw new ModelException(
          "%s: contains %d embeddings; Darkroom reads files with one"
              .formatted(file, words.size()));
    }
    if (!words.isEmpty()) {
      return Map.of(Encoder.ONLY, words.get(0));
    }
    Map<Encoder, String> xl =
        List.of(Encoder.FIRST, Encoder.SECOND).stream()
            .filter(encoder -> shapes.containsKey(encoder.key))
            .collect(Collectors.toMap(encoder -> encoder, encoder -> encoder.key));
    if (!xl.isEmpty() && xl.size() == shapes.size()) {
      return xl;
    }
    if (!xl.isEmpty()) {
      String other =
          shapes.keySet().stream().filter(key -> !xl.containsValue(key)).findFirst().orElseThrow();
      throw new ModelException(
          ("%s: is an embedding for another family than Stable Diffusion 1, 2 and XL: it has"
                  + " vectors for %s")
              .formatted(file, OneLine.of(other)));
    }
    if (shapes.size() != 1) {
      throw new ModelException(
          ("%s: is not an embedding: it contains %d tensors, none of them emb_params,"
                  + " string_to_param or clip_l")
              .formatted(file, shapes.size()));
    }
    return Map.of(Encoder.ONLY, shapes.keySet().iterator().next());
  }

  /** Leaves out what is added behind the text encoder, where there is something for it, too. */
  private static Map<String, long[]> withoutOutputs(Path file, Map<String, long[]> stored) {
    Map<String, long[]> inputs = new LinkedHashMap<>(stored);
    inputs.keySet().removeIf(key -> OUTPUTS.contains(key));
    if (inputs.isEmpty() && !stored.isEmpty()) {
      throw new ModelException(
          file
              + ": is an output embedding (OneTrainer's, "
              + OneLine.of(stored.keySet().iterator().next())
              + "), which comes after the text encoder; Darkroom supports those before it");
    }
    return inputs;
  }

  private static Vectors vectors(WeightsFile weights, String key, NDManager manager) {
    long[] shape = weights.shapes().get(key);
    if (shape.length < 1 || shape.length > 2 || Arrays.stream(shape).anyMatch(n -> n < 1)) {
      throw new ModelException(
          "%s: the tensor %s has the shape %s; an embedding has [width] or [vectors, width]"
              .formatted(weights.path(), OneLine.of(key), Arrays.toString(shape)));
    }
    NDArray vectors = weights.load(key, manager);
    if (!vectors.getDataType().isFloating()) {
      throw new ModelException(
          "%s: the tensor %s contains no floating-point numbers, so this is not an embedding"
              .formatted(weights.path(), OneLine.of(key)));
    }
    float[] values = vectors.toFloatArray();
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new ModelException(
            weights.path() + ": contains values that are not numbers; download it again");
      }
    }
    return new Vectors((int) shape[shape.length - 1], values);
  }

  // ---------------------------------------------------------------- fitting

  /**
   * The vectors for one of a model's text encoders.
   *
   * @param encoder which
   * @param width its width
   * @return the vectors, of that width
   * @throws ModelException if it has none, for it is for models of another family
   */
  Vectors vectors(Encoder encoder, int width) {
    Vectors vectors = partFor(encoder).orElseThrow(() -> unfit(encoder));
    if (vectors.width() != width) {
      throw new ModelException(
          "%s: the embedding is %d wide%s, but the model's text encoder %d%s; use it with a model"
                  .formatted(source, vectors.width(), family(vectors.width()), width, family(width))
              + " of its own family");
    }
    return vectors;
  }

  /** Vectors for SDXL's first text encoder alone fit its twin, that of Stable Diffusion 1. */
  private Optional<Vectors> partFor(Encoder encoder) {
    boolean first = encoder == Encoder.ONLY && parts.keySet().equals(Set.of(Encoder.FIRST));
    return Optional.ofNullable(parts.get(first ? Encoder.FIRST : encoder));
  }

  private ModelException unfit(Encoder missing) {
    String made;
    if (parts.containsKey(Encoder.ONLY)) {
      int width = parts.get(Encoder.ONLY).width();
      made = "models of one text encoder, %d wide%s".formatted(width, family(width));
    } else if (parts.size() > 1) {
      made = "Stable Diffusion XL's two text encoders";
    } else {
      Encoder alone = parts.keySet().iterator().next();
      made = "%s alone (%s)".formatted(alone.text, alone.key);
    }
    return new ModelException(
        "%s: is an embedding for %s; this model %s"
            .formatted(
                source,
                made,
                missing == Encoder.ONLY
                    ? "has one text encoder; use an embedding of its own family"
                    : "has Stable Diffusion XL's two, which need both clip_l and clip_g"));
  }

  private static String family(int width) {
    return switch (width) {
      case 768 -> " (as in Stable Diffusion 1.x)";
      case 1024 -> " (as in Stable Diffusion 2.x)";
      case 1280 -> " (as in the second text encoder of Stable Diffusion XL)";
      default -> "";
    };
  }

  @Override
  public String toString() {
    return "TextualInversion[%s, %s, %s]".formatted(name, hash, parts);
  }
}
