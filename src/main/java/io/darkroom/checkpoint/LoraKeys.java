package io.darkroom.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How tools name the tensors of a LoRA; all spellings stand here, as data.
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
  /** What a tensor is to its layer. */
  enum Part {
    UP,
    DOWN,
    MID,
    ALPHA
  }

  /**
   * What a tensor's name says.
   *
   * @param component such as {@code unet}
   * @param layer the layer's flat name
   * @param part what it is to the layer
   */
  record Key(String component, String layer, Part part) {}

  private static final String PEFT = "base_model.model.";

  private static final Map<String, Part> ENDINGS =
      Map.ofEntries(
          Map.entry(".lora_up.weight", Part.UP),
          Map.entry(".lora_down.weight", Part.DOWN),
          Map.entry(".lora_mid.weight", Part.MID),
          Map.entry(".alpha", Part.ALPHA),
          Map.entry(".lora_B.weight", Part.UP),
          Map.entry(".lora_A.weight", Part.DOWN),
          Map.entry(".lora_B.default.weight", Part.UP),
          Map.entry(".lora_A.default.weight", Part.DOWN),
          Map.entry(".lora.up.weight", Part.UP),
          Map.entry(".lora.down.weight", Part.DOWN),
          Map.entry(".lora_linear_layer.up.weight", Part.UP),
          Map.entry(".lora_linear_layer.down.weight", Part.DOWN));

  /** Until diffusers 0.20 the U-Net's attention processors held the matrices. */
  private static final Pattern PROCESSOR =
      Pattern.compile("(.*)\\.processor\\.(to_q|to_k|to_v|to_out)_lora\\.(up|down)\\.weight");

  /** Beginnings by component; a longer one stands before one that begins it. */
  private static final Map<String, String> BEGINNINGS = new LinkedHashMap<>();

  static {
    BEGINNINGS.put("lora_unet_", "unet");
    BEGINNINGS.put("lora_te1_", "text_encoder");
    BEGINNINGS.put("lora_te2_", "text_encoder_2");
    BEGINNINGS.put("lora_te_", "text_encoder");
    BEGINNINGS.put("unet.", "unet");
    BEGINNINGS.put("text_encoder_2.", "text_encoder_2");
    BEGINNINGS.put("text_encoder.", "text_encoder");
    BEGINNINGS.put("diffusion_model.", "unet");
    BEGINNINGS.put("text_encoders.clip_l.transformer.", "text_encoder");
    BEGINNINGS.put("text_encoders.clip_h.transformer.", "text_encoder");
    BEGINNINGS.put("text_encoders.clip_g.transformer.", "text_encoder_2");
  }

  /** Other kinds of adapters, by what is found in their tensors' names. */
  private static final Map<String, String> OTHER_KINDS =
      Map.ofEntries(
          Map.entry("dora_scale$", "DoRA"),
          Map.entry("lora_magnitude_vector", "DoRA"),
          Map.entry("\\.hada_", "LoHa"),
          Map.entry("\\.lokr_", "LoKr"),
          Map.entry("[._]oft_", "OFT"),
          Map.entry("[._]boft_", "BOFT"),
          Map.entry("\\.on_input$", "IA3"),
          Map.entry("\\.ia3_l", "IA3"),
          Map.entry("\\.vera_lambda_", "VeRA"),
          Map.entry("\\.a1\\.weight$", "GLoRA"),
          Map.entry("\\.w_norm$", "a LyCORIS norm adapter"),
          Map.entry("\\.bias_(indices|values|size)$", "a LoRA with sparse biases"),
          Map.entry("\\.diff(_b)?$", "a full-difference adapter"));

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
   * @return what it says, or empty if no tool that is known writes such a name
   */
  static Optional<Key> read(String tensor) {
    String name = isPefts(tensor) ? tensor.substring(PEFT.length()) : tensor;
    Matcher processor = PROCESSOR.matcher(name);
    if (processor.matches()) {
      String layer = processor.group(2).equals("to_out") ? "to_out.0" : processor.group(2);
      name = processor.group(1) + "." + layer + ".lora." + processor.group(3) + ".weight";
    }
    for (Map.Entry<String, Part> ending : ENDINGS.entrySet()) {
      if (name.endsWith(ending.getKey())) {
        String path = name.substring(0, name.length() - ending.getKey().length());
        return Optional.of(key(path, ending.getValue()));
      }
    }
    return Optional.empty();
  }

  /** Tells whether peft itself has written a tensor's name, not a tool that uses it. */
  static boolean isPefts(String tensor) {
    return tensor.startsWith(PEFT);
  }

  private static Key key(String path, Part part) {
    for (Map.Entry<String, String> beginning : BEGINNINGS.entrySet()) {
      if (path.startsWith(beginning.getKey())) {
        return new Key(
            beginning.getValue(), flat(path.substring(beginning.getKey().length())), part);
      }
    }
    // The first files by diffusers and a single adapter by peft name no component.
    String component = path.startsWith("text_model.") ? "text_encoder" : "unet";
    return new Key(component, flat(path), part);
  }

  /**
   * Which kind of adapter, other than LoRA, writes such a name.
   *
   * @param tensor the name in the file
   * @return the kind's name, or empty
   */
  static Optional<String> otherKind(String tensor) {
    return OTHER_KINDS.entrySet().stream()
        .filter(kind -> Pattern.compile(kind.getKey()).matcher(tensor).find())
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * The flat names of a component's layers.
   *
   * @param weights the names of all its weights, as diffusers has them
   * @return each weight's name by each flat name of its layer
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
