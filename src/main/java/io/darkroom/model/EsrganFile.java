package io.darkroom.model;

import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import io.darkroom.base.Sha256;
import io.darkroom.weights.StoredWeight;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file with an ESRGAN upscaler, by PyTorch or in safetensors. Its weights have one of three
 * spellings: that of BasicSR, which the network knows ({@code body.0.rdb1.conv1}, {@code
 * conv_up1}); that of the first ESRGAN ({@code RRDB_trunk.0.RDB1.conv1}, {@code upconv1}); and
 * numbered layers ({@code model.1.sub.0.RDB1.conv1.0}, {@code model.3}).
 *
 * @param path the file
 */
public record EsrganFile(Path path) {
  /** What the programs that train them put before each name. */
  private static final List<String> WRAPPERS =
      List.of("params_ema.", "params.", "state_dict.", "model_state_dict.", "netG.", "module.");

  private static final Pattern NUMBERED_BLOCK =
      Pattern.compile("model\\.1\\.sub\\.(\\d{1,4})\\.RDB(\\d)\\.(conv\\d)\\.0\\.(weight|bias)");
  private static final Pattern NUMBERED_TRUNK =
      Pattern.compile("model\\.1\\.sub\\.\\d{1,4}\\.(weight|bias)");
  private static final Pattern NUMBERED = Pattern.compile("model\\.(\\d{1,3})\\.(weight|bias)");
  private static final Pattern TRUNK_BLOCK =
      Pattern.compile("RRDB_trunk\\.(\\d{1,4})\\.RDB(\\d)\\.(.+)");

  /** BasicSR's names of the layers that the first ESRGAN called otherwise. */
  private static final Map<String, String> RENAMED =
      Map.of("trunk_conv", "conv_body", "HRconv", "conv_hr");

  private static final int HASH_DIGITS = 10;

  /** Between two doublings: the doubling, a convolution, an activation. */
  private static final int LAYERS_PER_DOUBLING = 3;

  /** Activation, convolution, activation and convolution behind the last doubling. */
  private static final int LAYERS_BEHIND = 4;

  /** Upscalers of other kinds: a part of a name that no other has, and what it is. */
  private static final Map<Pattern, String> OTHERS = others();

  private static Map<Pattern, String> others() {
    Map<Pattern, String> others = new LinkedHashMap<>();
    others.put(Pattern.compile("overlap_attn\\."), "HAT");
    others.put(Pattern.compile("layers\\.\\d+\\.blocks\\.\\d+\\.attn\\.attns\\."), "DAT");
    others.put(Pattern.compile("residual_group\\.blocks\\.\\d+\\.attn\\."), "SwinIR");
    others.put(Pattern.compile("block_\\d+\\.c\\d_r\\."), "SPAN");
    others.put(Pattern.compile("feats\\.\\d+\\.conv\\.dconv|feats\\.\\d+\\.lk\\."), "PLKSR");
    others.put(Pattern.compile("conv1x1\\."), "ESRGAN+");
    others.put(Pattern.compile("body\\.0\\.body\\.|head\\.0\\.weight"), "EDSR");
    others.put(Pattern.compile("body\\.0\\.weight"), "Real-ESRGAN's compact network");
    return others;
  }

  /**
   * Tells whether a file holds such an upscaler.
   *
   * @param names the names in it
   * @return whether it does
   */
  static boolean isOne(Collection<String> names) {
    return canonical(names).containsKey("body.0.rdb1.conv1.weight");
  }

  /**
   * Opens a file to see whether it is one.
   *
   * @param path the file
   * @return the upscaler
   * @throws ModelException if the file is missing, damaged or of another kind, which the message
   *     names
   */
  public static EsrganFile open(Path path) {
    EsrganFile file = new EsrganFile(path);
    file.weights().close();
    return file;
  }

  /**
   * Opens its weights, under BasicSR's names.
   *
   * @return the weights; the caller closes them
   * @throws ModelException if they cannot be read, or are no ESRGAN's
   */
  public ComponentWeights weights() {
    WeightsFile file = WeightsFormat.open(path);
    try {
      Collection<String> names = file.shapes().keySet();
      if (!isOne(names)) {
        throw refusal(names);
      }
      return new ComponentWeights(file, canonical(names));
    } catch (RuntimeException | Error failure) {
      OpenResources.closeAfter(file, failure);
      throw failure;
    }
  }

  private ModelException refusal(Collection<String> names) {
    for (Map.Entry<Pattern, String> other : OTHERS.entrySet()) {
      if (names.stream().anyMatch(name -> other.getKey().matcher(name).find())) {
        return new ModelException(
            "%s: is an upscaler of another kind (%s); Darkroom runs ESRGAN (RRDBNet)"
                .formatted(path, other.getValue()));
      }
    }
    ModelException known = ForeignCheckpoint.refusal(path.toString(), names);
    return new ModelException(known.getMessage() + "; an ESRGAN upscaler is wanted here", known);
  }

  /** Of weights that were averaged in training and those that were not, the averaged ones count. */
  private static Map<String, StoredWeight> canonical(Collection<String> names) {
    Map<String, String> bare = new LinkedHashMap<>();
    for (String name : names) {
      String inner = unwrapped(name);
      boolean isBetter = name.startsWith(WRAPPERS.get(0));
      if (isBetter || !bare.containsKey(inner)) {
        bare.put(inner, name);
      }
    }
    int last =
        bare.keySet().stream()
            .map(NUMBERED::matcher)
            .filter(Matcher::matches)
            .mapToInt(layer -> Integer.parseInt(layer.group(1)))
            .max()
            .orElse(0);
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    bare.forEach(
        (inner, stored) -> weights.put(canonical(inner, last), StoredWeight.whole(stored)));
    return weights;
  }

  private static String unwrapped(String name) {
    String inner = name;
    boolean isBare = false;
    while (!isBare) {
      String before = inner;
      for (String wrapper : WRAPPERS) {
        if (inner.startsWith(wrapper)) {
          inner = inner.substring(wrapper.length());
        }
      }
      isBare = inner.equals(before);
    }
    return inner;
  }

  private static String canonical(String name, int last) {
    Matcher block = NUMBERED_BLOCK.matcher(name);
    if (block.matches()) {
      return "body.%s.rdb%s.%s.%s"
          .formatted(block.group(1), block.group(2), block.group(3), block.group(4));
    }
    Matcher trunk = NUMBERED_TRUNK.matcher(name);
    if (trunk.matches()) {
      return "conv_body." + trunk.group(1);
    }
    Matcher layer = NUMBERED.matcher(name);
    if (layer.matches()) {
      return numbered(Integer.parseInt(layer.group(1)), last)
          .map(known -> known + "." + layer.group(2))
          .orElse(name);
    }
    Matcher older = TRUNK_BLOCK.matcher(name);
    if (older.matches()) {
      return "body.%s.rdb%s.%s".formatted(older.group(1), older.group(2), older.group(3));
    }
    int dot = name.lastIndexOf('.');
    String module = dot < 0 ? name : name.substring(0, dot);
    String ending = name.substring(module.length());
    return RENAMED.getOrDefault(module, module.replaceFirst("^upconv(\\d)$", "conv_up$1")) + ending;
  }

  /** What a numbered layer is, by how far it is from the last. */
  private static Optional<String> numbered(int number, int last) {
    int doublings = (last - LAYERS_BEHIND) / LAYERS_PER_DOUBLING;
    if (number == 0) {
      return Optional.of("conv_first");
    }
    if (number == last) {
      return Optional.of("conv_last");
    }
    if (number == last - 2) {
      return Optional.of("conv_hr");
    }
    return number % LAYERS_PER_DOUBLING == 0 && number <= LAYERS_PER_DOUBLING * doublings
        ? Optional.of("conv_up" + number / LAYERS_PER_DOUBLING)
        : Optional.empty();
  }

  /**
   * Tells whether a file is one, whatever else it is.
   *
   * @param path the file
   * @return whether it is
   * @throws ModelException if it cannot be read, or is no file of weights
   */
  public static boolean isOne(Path path) {
    try (WeightsFile file = WeightsFormat.open(path)) {
      return isOne(file.shapes().keySet());
    }
  }

  /**
   * How its network is stored.
   *
   * @return the network, under the name of the part that it has no equal of in other models
   * @throws ModelException if the file cannot be read
   */
  public StoredNetwork network() {
    try (WeightsFile file = WeightsFormat.open(path)) {
      return StoredNetwork.of(
          Component.UPSCALER,
          canonical(file.shapes().keySet()).values().stream().map(StoredWeight::name).toList(),
          file.shapes(),
          file.types());
    }
  }

  /**
   * The upscaler's name for people.
   *
   * @return the file's name without its ending
   */
  public String name() {
    return ModelFiles.name(path);
  }

  /**
   * Tells the upscaler from all others. Reads the whole file.
   *
   * @return the first ten hexadecimal digits of the file's SHA-256
   * @throws ModelException if it cannot be read
   */
  public String hash() {
    return Sha256.ofModelFile(path).substring(0, HASH_DIGITS);
  }
}
