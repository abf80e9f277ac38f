package io.darkroom.lora;

import io.darkroom.model.Component;
import io.darkroom.model.LatentDiffusionNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How tools name the tensors of a LoRA and its kin; all spellings stand here, as data.
 *
 * <p>A layer's name is compared in its flat form, with underscores for points, which is kohya's
 * form and which peft's and diffusers' become. A U-Net's layers have a second flat name, that of
 * the original code's numbered blocks, which files for SDXL use.
 *
 * @see <a href="https://github.com/kohya-ss/sd-scripts/blob/main/networks/lora.py">kohya's
 *     names</a>
 * @see <a
 *     href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/utils/state_dict_utils.py">diffusers'
 *     and peft's names</a>
 * @see <a href="https://github.com/comfyanonymous/ComfyUI/blob/master/comfy/lora.py">ComfyUI's
 *     names</a>
 * @see <a
 *     href="https://github.com/CompVis/stable-diffusion/blob/main/ldm/modules/diffusionmodules/openaimodel.py">the
 *     original blocks</a>
 */
final class LoraKeys {
  /**
   * What a tensor's name says.
   *
   * @param component such as {@code unet}
   * @param layer the layer's flat name
   * @param part what it is to the layer
   */
  record Key(Component component, String layer, Part part) {}

  private static final String PEFT = "base_model.model.";

  private static final Map<String, Part> ENDINGS =
      Map.ofEntries(
          Map.entry(".lora_up.weight", Part.UP),
          Map.entry(".lora_down.weight", Part.DOWN),
          Map.entry(".lora_mid.weight", Part.MID),
          Map.entry(".lora_up", Part.UP),
          Map.entry(".lora_down", Part.DOWN),
          Map.entry(".lora.up.weight", Part.UP),
          Map.entry(".lora.down.weight", Part.DOWN),
          Map.entry(".lora_linear_layer.up.weight", Part.UP),
          Map.entry(".lora_linear_layer.down.weight", Part.DOWN),
          Map.entry(".alpha", Part.ALPHA),
          Map.entry(".dora_scale", Part.MAGNITUDE),
          Map.entry(".diff", Part.DIFFERENCE),
          Map.entry(".w_norm", Part.DIFFERENCE),
          Map.entry(".diff_b", Part.BIAS_DIFFERENCE),
          Map.entry(".b_norm", Part.BIAS_DIFFERENCE),
          Map.entry(".hada_w1_a", Part.HADAMARD_1_A),
          Map.entry(".hada_w1_b", Part.HADAMARD_1_B),
          Map.entry(".hada_w2_a", Part.HADAMARD_2_A),
          Map.entry(".hada_w2_b", Part.HADAMARD_2_B),
          Map.entry(".hada_t1", Part.HADAMARD_1_KERNEL),
          Map.entry(".hada_t2", Part.HADAMARD_2_KERNEL),
          Map.entry(".lokr_w1", Part.KRONECKER_1),
          Map.entry(".lokr_w1_a", Part.KRONECKER_1_A),
          Map.entry(".lokr_w1_b", Part.KRONECKER_1_B),
          Map.entry(".lokr_w2", Part.KRONECKER_2),
          Map.entry(".lokr_w2_a", Part.KRONECKER_2_A),
          Map.entry(".lokr_w2_b", Part.KRONECKER_2_B),
          Map.entry(".lokr_t2", Part.KRONECKER_2_KERNEL),
          Map.entry(".on_input", Part.ON_INPUT),
          Map.entry(".oft_blocks", Part.ROTATION),
          Map.entry(".rescale", Part.ROTATION_RESCALE));

  /** A weight by itself is (IA)^3's, where its layer says {@code on_input}, too. */
  private static final String WEIGHT = ".weight";

  /**
   * What peft writes, and who uses it: the adapter's name may stand between, {@code .weight} may be
   * missing.
   */
  private static final Pattern PEFTS =
      Pattern.compile(
          "(.+)\\.(lora_A|lora_B|lora_magnitude_vector)(?:\\.(?!(?:weight|bias)$)[^.]+)?"
              + "(\\.weight|\\.bias)?");

  /** Until diffusers 0.20 the U-Net's attention processors held the matrices. */
  private static final Pattern PROCESSOR =
      Pattern.compile("(.*)\\.processor\\.(to_q|to_k|to_v|to_out)_lora\\.(up|down)\\.weight");

  /**
   * Beginnings by component; a longer one stands before one that begins it. Where the component is
   * empty, the layer tells it.
   */
  private static final Map<String, Optional<Component>> BEGINNINGS = new LinkedHashMap<>();

  static {
    for (String tool : List.of("lora_", "lycoris_")) {
      BEGINNINGS.put(tool + "unet_", Optional.of(Component.UNET));
      BEGINNINGS.put(tool + "te1_", Optional.of(Component.TEXT_ENCODER));
      BEGINNINGS.put(tool + "te2_", Optional.of(Component.TEXT_ENCODER_2));
      BEGINNINGS.put(tool + "te_", Optional.of(Component.TEXT_ENCODER));
    }
    BEGINNINGS.put("lycoris_", Optional.empty());
    BEGINNINGS.put("unet.", Optional.of(Component.UNET));
    BEGINNINGS.put("text_encoder_2.", Optional.of(Component.TEXT_ENCODER_2));
    BEGINNINGS.put("text_encoder.", Optional.of(Component.TEXT_ENCODER));
    BEGINNINGS.put("model.diffusion_model.", Optional.of(Component.UNET));
    BEGINNINGS.put("diffusion_model.", Optional.of(Component.UNET));
    BEGINNINGS.put("cond_stage_model.transformer.", Optional.of(Component.TEXT_ENCODER));
    BEGINNINGS.put("text_encoders.clip_l.transformer.", Optional.of(Component.TEXT_ENCODER));
    BEGINNINGS.put("text_encoders.clip_h.transformer.", Optional.of(Component.TEXT_ENCODER));
    BEGINNINGS.put("text_encoders.clip_g.transformer.", Optional.of(Component.TEXT_ENCODER_2));
  }

  /** What CLIP's layers have before their names, and some tools leave out. */
  private static final String TEXT_MODEL = "text_model_";

  /** How a text encoder's layers begin where nothing else tells that they are one's. */
  private static final List<String> TEXT_LAYERS =
      List.of(TEXT_MODEL, "encoder_layers_", "final_layer_norm", "embeddings_");

  /** Other kinds of adapters, by what is found in their tensors' names. */
  private static final Map<Pattern, String> OTHER_KINDS =
      Map.ofEntries(
          Map.entry(Pattern.compile("[._]oft_diag$"), "OFT of an early form"),
          Map.entry(Pattern.compile("[._]oft_(r|R)(\\.|$)"), "peft's OFT"),
          Map.entry(Pattern.compile("[._]boft_"), "BOFT"),
          Map.entry(Pattern.compile("\\.ia3_l(\\.|$)"), "peft's (IA)^3"),
          Map.entry(Pattern.compile("\\.vera_lambda_"), "VeRA"),
          Map.entry(Pattern.compile("\\.(a1|b1)\\.weight$"), "GLoRA"),
          Map.entry(
              Pattern.compile("\\.bias_(indices|values|size)$"), "a LoRA with sparse biases"));

  /** Original names of the layers outside the blocks, flat by flat. */
  private static final Map<String, String> ORIGINAL_EDGES = reversed(LatentDiffusionNames.UNET);

  /** Original names of a residual block's layers, likewise. */
  private static final Map<String, String> ORIGINAL_RESIDUAL =
      reversed(LatentDiffusionNames.RESIDUAL);

  private static final Pattern BLOCK =
      Pattern.compile(
          "(down_blocks|up_blocks|mid_block)(?:_(\\d+))?"
              + "_(resnets|attentions|downsamplers|upsamplers)_(\\d+)_(.+)");

  private LoraKeys() {}

  /**
   * Reads a tensor's name.
   *
   * @param tensor the name in the file
   * @param all the names of all the file's tensors
   * @return what it says, or empty if no tool that is known writes such a name
   */
  static Optional<Key> read(String tensor, Set<String> all) {
    String name = isPefts(tensor) ? tensor.substring(PEFT.length()) : tensor;
    Matcher processor = PROCESSOR.matcher(name);
    if (processor.matches()) {
      String layer = processor.group(2).equals("to_out") ? "to_out.0" : processor.group(2);
      name = processor.group(1) + "." + layer + ".lora." + processor.group(3) + ".weight";
    }
    for (Map.Entry<String, Part> ending : ENDINGS.entrySet()) {
      if (name.endsWith(ending.getKey())) {
        return Optional.of(key(without(name, ending.getKey()), ending.getValue()));
      }
    }
    Matcher peft = PEFTS.matcher(name);
    if (peft.matches()) {
      return peftsPart(peft.group(2), Optional.ofNullable(peft.group(3)))
          .map(part -> key(peft.group(1), part));
    }
    if (name.endsWith(WEIGHT) && all.contains(without(tensor, WEIGHT) + ".on_input")) {
      return Optional.of(key(without(name, WEIGHT), Part.SCALING));
    }
    return Optional.empty();
  }

  private static Optional<Part> peftsPart(String kind, Optional<String> ending) {
    boolean bias = ending.isPresent() && ending.get().equals(".bias");
    return switch (kind) {
      case "lora_A" -> bias ? Optional.empty() : Optional.of(Part.DOWN);
      case "lora_B" -> Optional.of(bias ? Part.UP_BIAS : Part.UP);
      default -> bias ? Optional.empty() : Optional.of(Part.PEFT_MAGNITUDE);
    };
  }

  private static String without(String name, String ending) {
    return name.substring(0, name.length() - ending.length());
  }

  /** Tells whether peft itself has written a tensor's name, not a tool that uses it. */
  static boolean isPefts(String tensor) {
    return tensor.startsWith(PEFT);
  }

  private static Key key(String path, Part part) {
    Optional<Component> component = Optional.empty();
    String layer = path;
    for (Map.Entry<String, Optional<Component>> beginning : BEGINNINGS.entrySet()) {
      if (path.startsWith(beginning.getKey())) {
        component = beginning.getValue();
        layer = path.substring(beginning.getKey().length());
        break;
      }
    }
    String flat = flat(layer);
    return new Key(component.orElseGet(() -> usual(flat)), flat, part);
  }

  /** The first files by diffusers and a single adapter by peft name no component. */
  private static Component usual(String layer) {
    return TEXT_LAYERS.stream().anyMatch(layer::startsWith)
        ? Component.TEXT_ENCODER
        : Component.UNET;
  }

  /**
   * Which kind of adapter that is not read writes such a name.
   *
   * @param tensor the name in the file
   * @return the kind's name, or empty
   */
  static Optional<String> otherKind(String tensor) {
    return OTHER_KINDS.entrySet().stream()
        .filter(kind -> kind.getKey().matcher(tensor).find())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * The flat names of a component's layers.
   *
   * @param weights the names of all its weights, as diffusers has them
   * @return each weight's name by each flat name of its layer; a text encoder's also without what
   *     all its layers begin with, and with it
   */
  static Map<String, String> layers(Iterable<String> weights) {
    int residualBlocks = 0;
    int levels = 0;
    Pattern block = Pattern.compile("down_blocks\\.(\\d{1,3})\\.resnets\\.(\\d{1,3})\\..*");
    for (String weight : weights) {
      Matcher matcher = block.matcher(weight);
      if (matcher.matches()) {
        levels = Math.max(levels, Integer.parseInt(matcher.group(1)) + 1);
        residualBlocks = Math.max(residualBlocks, Integer.parseInt(matcher.group(2)) + 1);
      }
    }
    Map<String, String> layers = new LinkedHashMap<>();
    for (String weight : weights) {
      if (weight.endsWith(".weight")) {
        layers.put(flat(weight.substring(0, weight.length() - ".weight".length())), weight);
      }
    }
    if (levels > 0) {
      boolean[] attends = new boolean[levels];
      for (int level = 0; level < levels; level++) {
        attends[level] = layers.containsKey("up_blocks_" + level + "_attentions_0_norm");
      }
      for (Map.Entry<String, String> layer : List.copyOf(layers.entrySet())) {
        original(layer.getKey(), residualBlocks, attends)
            .ifPresent(name -> layers.putIfAbsent(name, layer.getValue()));
      }
    }
    for (Map.Entry<String, String> layer : List.copyOf(layers.entrySet())) {
      String name = layer.getKey();
      if (name.startsWith(TEXT_MODEL)) {
        layers.putIfAbsent(name.substring(TEXT_MODEL.length()), layer.getValue());
      } else if (TEXT_LAYERS.stream().anyMatch(name::startsWith)) {
        layers.putIfAbsent(TEXT_MODEL + name, layer.getValue());
      }
    }
    return layers;
  }

  /**
   * A U-Net layer's flat name in the original code, which counts all blocks of one side: block 0 is
   * the first convolution, each level has its residual blocks and one for the change of size.
   */
  private static Optional<String> original(String layer, int residualBlocks, boolean[] attends) {
    if (ORIGINAL_EDGES.containsKey(layer)) {
      return Optional.of(ORIGINAL_EDGES.get(layer));
    }
    Matcher block = BLOCK.matcher(layer);
    if (!block.matches()) {
      return Optional.empty();
    }
    int level = block.group(2) == null ? 0 : Integer.parseInt(block.group(2));
    int index = Integer.parseInt(block.group(4));
    String kind = block.group(3);
    String inner = block.group(5);
    boolean residual = kind.equals("resnets");
    String rest = residual ? ORIGINAL_RESIDUAL.getOrDefault(inner, inner) : inner;
    return Optional.of(
        switch (block.group(1)) {
          case "mid_block" -> "middle_block_" + (residual ? 2 * index : 1) + "_" + rest;
          case "down_blocks" ->
              kind.equals("downsamplers")
                  ? "input_blocks_" + (level + 1) * (residualBlocks + 1) + "_0_op"
                  : "input_blocks_%d_%d_%s"
                      .formatted(1 + level * (residualBlocks + 1) + index, residual ? 0 : 1, rest);
          default ->
              kind.equals("upsamplers")
                  ? "output_blocks_%d_%d_conv"
                      .formatted(
                          level * (residualBlocks + 1) + residualBlocks, attends[level] ? 2 : 1)
                  : "output_blocks_%d_%d_%s"
                      .formatted(level * (residualBlocks + 1) + index, residual ? 0 : 1, rest);
        });
  }

  private static Map<String, String> reversed(Map<String, String> names) {
    return names.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(
                name -> flat(name.getValue()), name -> flat(name.getKey())));
  }

  private static String flat(String path) {
    return path.replace('.', '_');
  }
}
