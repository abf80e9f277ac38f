package io.darkroom.lora;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.stream.JsonReader;
import io.darkroom.base.BoundedJsonReader;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.weights.WeightsFile;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * The alphas of a LoRA that has no tensors for them. The first that tells counts:
 *
 * <ol>
 *   <li>the header's {@code lora_adapter_metadata}, peft's settings as diffusers writes them since
 *       0.34, for each component;
 *   <li>peft's own {@code adapter_config.json} beside the file;
 *   <li>the header's {@code ss_network_alpha} of kohya's trainer, for convolutions its {@code
 *       conv_alpha}; or {@code lora_alpha}, {@code network_alpha}, {@code alpha}.
 * </ol>
 *
 * <p>Peft's settings are {@code lora_alpha}, exceptions by layer in {@code alpha_pattern}, of which
 * the first that fits counts, and {@code use_rslora} (Kalajdzievski, arXiv 2312.03732) where alpha
 * is divided by the root of the rank.
 *
 * @see <a
 *     href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/loaders/lora_base.py">
 *     {@code LORA_ADAPTER_METADATA_KEY}</a>
 * @see <a href="https://github.com/kohya-ss/sd-scripts/blob/main/train_network.py">kohya's
 *     header</a>
 */
final class LoraScale {
  private static final String KEY = "lora_adapter_metadata";
  private static final String PEFTS_FILE = "adapter_model";
  private static final String PEFTS_CONFIG = "adapter_config.json";
  private static final List<String> HEADER_ALPHAS =
      List.of("ss_network_alpha", "lora_alpha", "network_alpha", "alpha");
  private static final String HEADER_ARGUMENTS = "ss_network_args";
  private static final Pattern PLAIN_PATTERN = Pattern.compile("\\^?[\\w.]+\\$?");

  /** A model has some hundred layers, each of which may be an exception. */
  private static final int MOST_VALUES = 100_000;

  private final JsonObject byComponent;
  private final JsonObject ofAll;
  private final OptionalDouble header;
  private final OptionalDouble headerOfConvolutions;

  private LoraScale(
      JsonObject byComponent,
      JsonObject ofAll,
      OptionalDouble header,
      OptionalDouble headerOfConvolutions) {
    this.byComponent = byComponent;
    this.ofAll = ofAll;
    this.header = header;
    this.headerOfConvolutions = headerOfConvolutions;
  }

  /**
   * Reads what stands in a file's header and beside it.
   *
   * @param file the LoRA
   * @return what they tell, perhaps nothing
   * @throws ModelException if they are malformed
   */
  static LoraScale of(WeightsFile file) {
    Map<String, String> metadata = file.metadata();
    OptionalDouble alpha =
        HEADER_ALPHAS.stream()
            .filter(metadata::containsKey)
            .map(key -> number(metadata.get(key)))
            .filter(OptionalDouble::isPresent)
            .findFirst()
            .orElse(OptionalDouble.empty());
    return new LoraScale(
        parse(metadata.getOrDefault(KEY, "{}"))
            .orElseThrow(
                () ->
                    new ModelException(
                        file.path() + ": its " + KEY + " is not a JSON object; download it again")),
        config(file.path()).map(path -> JsonConfig.read(path).json()).orElse(new JsonObject()),
        alpha,
        parse(metadata.getOrDefault(HEADER_ARGUMENTS, "{}"))
            .map(arguments -> number(arguments, "conv_alpha"))
            .filter(OptionalDouble::isPresent)
            .orElse(alpha));
  }

  /**
   * The settings that peft writes beside its files.
   *
   * @param file the LoRA
   * @return their path, if the file is one of peft's by its name and they are there
   */
  static Optional<Path> config(Path file) {
    Path name = file.getFileName();
    return Optional.of(file.resolveSibling(PEFTS_CONFIG))
        .filter(config -> name != null && name.toString().startsWith(PEFTS_FILE))
        .filter(Files::isRegularFile);
  }

  private static Optional<JsonObject> parse(String text) {
    try {
      JsonReader json = new BoundedJsonReader(new StringReader(text), MOST_VALUES);
      return Optional.of(JsonParser.parseReader(json).getAsJsonObject());
    } catch (JsonParseException | IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Tells whether nothing is said. */
  boolean isEmpty() {
    return byComponent.size() == 0 && ofAll.size() == 0 && header.isEmpty();
  }

  /**
   * A layer's alpha.
   *
   * @param layer the layer
   * @param rank its rank
   * @param convolution whether it is one with a kernel of more than 1x1
   * @return alpha, so that the change is alpha / rank * up @ down; empty if nothing is told
   */
  OptionalDouble alpha(LoraFile.Layer layer, long rank, boolean convolution) {
    OptionalDouble alpha = pefts(byComponent, layer.component() + ".", layer.name(), rank);
    if (alpha.isEmpty()) {
      alpha = pefts(ofAll, "", layer.name(), rank);
    }
    return alpha.isPresent() ? alpha : convolution ? headerOfConvolutions : header;
  }

  private static OptionalDouble pefts(JsonObject settings, String prefix, String layer, long rank) {
    OptionalDouble alpha = number(settings, prefix + "lora_alpha");
    if (alpha.isEmpty()) {
      alpha = number(settings, prefix + "alpha"); // of peft's LoHa and LoKr
    }
    JsonElement exceptions = settings.get(prefix + "alpha_pattern");
    if (exceptions != null && exceptions.isJsonObject()) {
      alpha =
          exceptions.getAsJsonObject().entrySet().stream()
              .filter(exception -> fits(exception.getKey(), layer))
              .map(exception -> number(exception.getValue()))
              .filter(OptionalDouble::isPresent)
              .findFirst()
              .orElse(alpha);
    }
    JsonElement rooted = settings.get(prefix + "use_rslora");
    boolean byRoot = rooted != null && rooted.toString().equals("true");
    return byRoot && alpha.isPresent()
        ? OptionalDouble.of(alpha.getAsDouble() * Math.sqrt((double) rank))
        : alpha;
  }

  /** Whether the end of a layer's path is a pattern, which peft writes as a plain path. */
  private static boolean fits(String pattern, String layer) {
    if (!PLAIN_PATTERN.matcher(pattern).matches()) {
      return false;
    }
    boolean whole = pattern.startsWith("^");
    String end = pattern.replaceAll("[\\^$]", "").replace('.', '_');
    return layer.equals(end) || (!whole && layer.endsWith("_" + end));
  }

  private static OptionalDouble number(JsonObject settings, String key) {
    return settings.has(key) ? number(settings.get(key)) : OptionalDouble.empty();
  }

  private static OptionalDouble number(JsonElement value) {
    return value.isJsonPrimitive() ? number(value.getAsString()) : OptionalDouble.empty();
  }

  /** What trainers write for nothing is "None". */
  private static OptionalDouble number(String text) {
    try {
      double number = Double.parseDouble(text.strip());
      return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }
}
