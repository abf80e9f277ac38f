package io.darkroom.model;

import io.darkroom.weights.StoredWeight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the original latent diffusion code calls the weights that diffusers and transformers have
 * other names for. All renaming of single-file checkpoints happens here; the tables say how, and
 * the numbers of blocks follow from the names in the file.
 *
 * <p>Sources: the modules of <a
 * href="https://github.com/CompVis/stable-diffusion/tree/main/ldm/modules">CompVis' code</a>
 * ({@code openaimodel.py}, {@code model.py}) and of <a
 * href="https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/transformer.py">OpenCLIP</a>
 * on one side, diffusers' {@code UNet2DConditionModel} and {@code AutoencoderKL} and transformers'
 * {@code CLIPTextModel} on the other.
 */
public final class LatentDiffusionNames {
  /** Layers of the U-Net outside its blocks, diffusers' names by the original ones. */
  public static final Map<String, String> UNET =
      Map.of(
          "input_blocks.0.0", "conv_in",
          "time_embed.0", "time_embedding.linear_1",
          "time_embed.2", "time_embedding.linear_2",
          "label_emb.0.0", "add_embedding.linear_1",
          "label_emb.0.2", "add_embedding.linear_2",
          "label_emb", "class_embedding",
          "out.0", "conv_norm_out",
          "out.2", "conv_out");

  /** Layers of a residual block of the U-Net, likewise. */
  public static final Map<String, String> RESIDUAL =
      Map.of(
          "in_layers.0", "norm1",
          "in_layers.2", "conv1",
          "emb_layers.1", "time_emb_proj",
          "out_layers.0", "norm2",
          "out_layers.3", "conv2",
          "skip_connection", "conv_shortcut");

  /** Layers of the autoencoder outside its levels, behind {@code encoder.} or {@code decoder.}. */
  private static final Map<String, String> AUTOENCODER =
      Map.ofEntries(
          Map.entry("conv_in", "conv_in"),
          Map.entry("conv_out", "conv_out"),
          Map.entry("norm_out", "conv_norm_out"),
          Map.entry("mid.attn_1.norm", "mid_block.attentions.0.group_norm"),
          Map.entry("mid.attn_1.q", "mid_block.attentions.0.to_q"),
          Map.entry("mid.attn_1.k", "mid_block.attentions.0.to_k"),
          Map.entry("mid.attn_1.v", "mid_block.attentions.0.to_v"),
          Map.entry("mid.attn_1.proj_out", "mid_block.attentions.0.to_out.0"));

  /** Layers of an OpenCLIP text encoder outside its blocks. */
  private static final Map<String, String> OPEN_CLIP =
      Map.of(
          "positional_embedding", "text_model.embeddings.position_embedding.weight",
          "token_embedding.weight", "text_model.embeddings.token_embedding.weight",
          "ln_final.weight", "text_model.final_layer_norm.weight",
          "ln_final.bias", "text_model.final_layer_norm.bias");

  /** Layers of one of its blocks. */
  private static final Map<String, String> OPEN_CLIP_BLOCK =
      Map.of(
          "attn.out_proj", "self_attn.out_proj",
          "ln_1", "layer_norm1",
          "ln_2", "layer_norm2",
          "mlp.c_fc", "mlp.fc1",
          "mlp.c_proj", "mlp.fc2");

  /** The parts of its fused projection, in the order of the rows. */
  private static final Map<StoredWeight.Form, String> FUSED =
      Map.of(
          StoredWeight.Form.QUERIES, "q_proj",
          StoredWeight.Form.KEYS, "k_proj",
          StoredWeight.Form.VALUES, "v_proj");

  /** What the U-Net's names may begin with: in a whole checkpoint, or in a file of its own. */
  private static final List<String> UNET_PREFIXES =
      List.of("model.diffusion_model.", "diffusion_model.", "unet.", "");

  /** What an autoencoder's names may begin with, in a file of its own or a whole checkpoint. */
  private static final List<String> AUTOENCODER_PREFIXES =
      List.of("first_stage_model.", "model.first_stage_model.", "vae.", "");

  private static final Pattern TOKEN_TABLE =
      Pattern.compile("(.*?)(text_model\\.)?(embeddings\\.)?token_embedding\\.weight");

  private static final Pattern UNET_BLOCK =
      Pattern.compile("(input_blocks|middle_block|output_blocks)\\.(?:(\\d{1,3})\\.)?(.+)");
  private static final Pattern PART = Pattern.compile("(\\d{1,3})\\.(.+)");
  private static final Pattern LEVEL =
      Pattern.compile(
          "(encoder|decoder)\\.(down|up)\\.(\\d{1,3})\\."
              + "(?:block\\.(\\d{1,3})\\.(.+)|(downsample|upsample)\\.(conv\\..+))");
  private static final Pattern MIDDLE =
      Pattern.compile("(encoder|decoder)\\.mid\\.block_(\\d)\\.(.+)");
  private static final Pattern OPEN_CLIP_LAYER =
      Pattern.compile("transformer\\.resblocks\\.(\\d{1,3})\\.(.+)");

  private LatentDiffusionNames() {}

  // ---------------------------------------------------------------- U-Net

  /**
   * The U-Net's weights, by the original names or by diffusers' own.
   *
   * @param stored all names in the file
   * @return where each weight is, by diffusers' name; a name that is not known stays as it is;
   *     empty if there is no U-Net in the file
   */
  static Map<String, StoredWeight> unet(Set<String> stored) {
    for (String prefix : UNET_PREFIXES) {
      // What is made of a U-Net's first half, as a ControlNet is, has no last convolution.
      boolean original =
          stored.contains(prefix + "input_blocks.0.0.weight")
              && (prefix.startsWith("model.") || stored.contains(prefix + "out.2.weight"));
      if (original) {
        return unet(stored, prefix);
      }
      if (stored.contains(prefix + "conv_in.weight")
          && stored.contains(prefix + "conv_out.weight")
          && stored.contains(prefix + "time_embedding.linear_1.weight")) {
        return cut(stored, prefix);
      }
    }
    return Map.of();
  }

  /** Names that are diffusers' own but for what they begin with. */
  private static Map<String, StoredWeight> cut(Set<String> stored, String prefix) {
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : stored) {
      if (name.startsWith(prefix)) {
        weights.put(
            ComponentWeights.canonical(name.substring(prefix.length())), StoredWeight.whole(name));
      }
    }
    return weights;
  }

  private static Map<String, StoredWeight> unet(Set<String> stored, String prefix) {
    Map<String, String> blocks = new LinkedHashMap<>();
    numberInputBlocks(stored, prefix, blocks);
    numberOutputBlocks(stored, prefix, blocks);
    blocks.put("middle_block.0", "mid_block.resnets.0");
    blocks.put("middle_block.1", "mid_block.attentions.0");
    blocks.put("middle_block.2", "mid_block.resnets.1");
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : stored) {
      if (name.startsWith(prefix)) {
        weights.put(unetName(name.substring(prefix.length()), blocks), StoredWeight.whole(name));
      }
    }
    return weights;
  }

  private static String unetName(String name, Map<String, String> blocks) {
    Matcher block = UNET_BLOCK.matcher(name);
    String outside = renamed(name, UNET);
    if (!outside.equals(name) || !block.matches()) {
      return outside;
    }
    boolean middle = block.group(1).equals("middle_block");
    String rest = block.group(3);
    String key = block.group(1) + "." + block.group(2);
    if (!middle) {
      Matcher part = PART.matcher(rest);
      if (!part.matches()) {
        return name;
      }
      key += "." + part.group(1);
      rest = part.group(2);
    }
    String place = blocks.get(key);
    if (place == null) {
      return name;
    }
    // A downsampling layer is called op by one side and conv by the other.
    return place + "." + renamed(rest.replaceFirst("^op\\.", "conv."), RESIDUAL);
  }

  /**
   * The blocks on the way down are numbered through: {@code input_blocks.N} has a residual block as
   * its part 0 and perhaps a transformer as its part 1, or a downsampling layer, which ends a
   * level.
   */
  private static void numberInputBlocks(
      Set<String> stored, String prefix, Map<String, String> blocks) {
    int level = 0;
    int index = 0;
    for (int i = 1; has(stored, prefix + "input_blocks." + i + ".0."); i++) {
      String block = "input_blocks." + i;
      if (stored.contains(prefix + block + ".0.op.weight")) {
        blocks.put(block + ".0", "down_blocks." + level + ".downsamplers.0");
        level++;
        index = 0;
      } else {
        blocks.put(block + ".0", "down_blocks." + level + ".resnets." + index);
        blocks.put(block + ".1", "down_blocks." + level + ".attentions." + index);
        index++;
      }
    }
  }

  /** On the way up the upsampling layer is the last part of the last block of a level. */
  private static void numberOutputBlocks(
      Set<String> stored, String prefix, Map<String, String> blocks) {
    int level = 0;
    int index = 0;
    for (int i = 0; has(stored, prefix + "output_blocks." + i + ".0."); i++) {
      String block = "output_blocks." + i;
      blocks.put(block + ".0", "up_blocks." + level + ".resnets." + index);
      blocks.put(block + ".1", "up_blocks." + level + ".attentions." + index);
      index++;
      for (String part : new String[] {".1", ".2"}) {
        if (stored.contains(prefix + block + part + ".conv.weight")) {
          blocks.put(block + part, "up_blocks." + level + ".upsamplers.0");
          level++;
          index = 0;
        }
      }
    }
  }

  private static boolean has(Set<String> names, String prefix) {
    return names.stream().anyMatch(name -> name.startsWith(prefix));
  }

  // ---------------------------------------------------------------- autoencoder

  /**
   * An autoencoder's weights in a file of its own or in a whole checkpoint, by the original names
   * or by diffusers' own, with or without its encoder.
   *
   * @param stored all names in the file
   * @return where each weight is, by diffusers' name; empty if there is no decoder of full size
   */
  static Map<String, StoredWeight> autoencoder(Set<String> stored) {
    for (String prefix : AUTOENCODER_PREFIXES) {
      String decoder = prefix + "decoder.";
      if (stored.contains(decoder + "conv_in.weight")) {
        if (stored.contains(decoder + "mid.block_1.conv1.weight")) {
          return autoencoder(stored, prefix);
        }
        if (stored.contains(decoder + "mid_block.resnets.0.conv1.weight")) {
          return cut(stored, prefix);
        }
      }
    }
    return Map.of();
  }

  /**
   * The autoencoder's weights.
   *
   * @param stored all names in the file
   * @param prefix what the autoencoder's names begin with, such as {@code first_stage_model.}
   * @return where each weight is, by diffusers' name; a name that is not known stays as it is
   */
  static Map<String, StoredWeight> autoencoder(Set<String> stored, String prefix) {
    int levels = 0;
    while (has(stored, prefix + "decoder.up." + levels + ".")) {
      levels++;
    }
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : stored) {
      String own = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
      // The loss's networks are saved by those who train autoencoders.
      if (!own.isEmpty() && !own.startsWith("loss.") && !own.startsWith("model_ema.")) {
        boolean matrix = own.matches(".*\\.mid\\.attn_1\\.(q|k|v|proj_out)\\.weight");
        weights.put(
            autoencoderName(own, levels),
            new StoredWeight(name, matrix ? StoredWeight.Form.MATRIX : StoredWeight.Form.WHOLE));
      }
    }
    return weights;
  }

  private static String autoencoderName(String name, int levels) {
    Matcher middle = MIDDLE.matcher(name);
    if (middle.matches()) {
      int block = Integer.parseInt(middle.group(2)) - 1;
      return middle.group(1) + ".mid_block.resnets." + block + "." + shortcut(middle.group(3));
    }
    Matcher level = LEVEL.matcher(name);
    if (level.matches()) {
      // The decoder counts its levels from the finest, diffusers in the order they run.
      int stored = Integer.parseInt(level.group(3));
      int number = level.group(2).equals("up") ? levels - 1 - stored : stored;
      String place = level.group(1) + "." + level.group(2) + "_blocks." + number + ".";
      return level.group(4) != null
          ? place + "resnets." + level.group(4) + "." + shortcut(level.group(5))
          : place + level.group(6) + "rs.0." + level.group(7);
    }
    int dot = name.indexOf('.');
    return name.matches("(encoder|decoder)\\..*")
        ? name.substring(0, dot + 1) + renamed(name.substring(dot + 1), AUTOENCODER)
        : name;
  }

  private static String shortcut(String layer) {
    return layer.replaceFirst("^nin_shortcut\\.", "conv_shortcut.");
  }

  // ---------------------------------------------------------------- text encoders

  /**
   * A text encoder in a file.
   *
   * @param prefix what its names begin with
   * @param isOpenClip whether it has OpenCLIP's names, else transformers'
   * @param width its width
   */
  record TextEncoderPlace(String prefix, boolean isOpenClip, long width) {
    /**
     * The encoder's weights.
     *
     * @param stored all names in the file
     * @param layers how many of its blocks are used; the rest of OpenCLIP's is left out
     * @param projection whether the projection is used
     * @return where each weight is, by transformers' name
     */
    Map<String, StoredWeight> weights(Set<String> stored, int layers, Projection projection) {
      return isOpenClip
          ? LatentDiffusionNames.openClip(stored, prefix, layers, projection)
          : clip(stored, prefix, projection);
    }
  }

  /**
   * Finds the text encoders of a file, be it one of theirs or a whole checkpoint.
   *
   * @param shapes what is in the file
   * @return those there are, in the file's order
   */
  static List<TextEncoderPlace> textEncoders(Map<String, long[]> shapes) {
    List<TextEncoderPlace> places = new ArrayList<>();
    shapes.forEach(
        (name, shape) -> {
          Matcher table = TOKEN_TABLE.matcher(name);
          if (table.matches() && shape.length == 2) {
            boolean transformers = table.group(2) != null || table.group(3) != null;
            places.add(new TextEncoderPlace(table.group(1), !transformers, shape[1]));
          }
        });
    return places;
  }

  /**
   * The weights of a CLIP text encoder in transformers' own layout.
   *
   * @param stored all names in the file
   * @param prefix what the encoder's names begin with, such as {@code
   *     cond_stage_model.transformer.}
   * @param projection whether the projection is used
   * @return where each weight is; position numbers, and what whole CLIPs have for pictures, are
   *     left out
   */
  static Map<String, StoredWeight> clip(Set<String> stored, String prefix, Projection projection) {
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : stored) {
      String own = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
      if (own.equals("text_projection.weight")) {
        if (projection == Projection.USED) {
          weights.put(own, StoredWeight.whole(name));
        }
      } else if (!own.isEmpty()
          && !own.endsWith("embeddings.position_ids")
          && !own.equals("logit_scale")
          && !own.startsWith("vision_model.")
          && !own.startsWith("visual_projection.")) {
        // Files by tools that use transformers 5 lack the first part of the name.
        weights.put(
            own.startsWith("text_model.") ? own : "text_model." + own, StoredWeight.whole(name));
      }
    }
    return weights;
  }

  /**
   * The weights of an OpenCLIP text encoder, whose queries, keys and values are one matrix.
   *
   * @param stored all names in the file
   * @param prefix what the encoder's names begin with, such as {@code cond_stage_model.model.}
   * @param layers how many of its blocks are used; the rest is left out
   * @param projection whether the projection is used, which is stored transposed
   * @return where each weight is, by transformers' name
   */
  static Map<String, StoredWeight> openClip(
      Set<String> stored, String prefix, int layers, Projection projection) {
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : stored) {
      if (!name.startsWith(prefix)) {
        continue;
      }
      String own = name.substring(prefix.length());
      Matcher layer = OPEN_CLIP_LAYER.matcher(own);
      if (layer.matches()) {
        if (Integer.parseInt(layer.group(1)) < layers) {
          String place = "text_model.encoder.layers." + layer.group(1) + ".";
          putLayer(weights, name, place, layer.group(2));
        }
      } else if (own.equals("text_projection")) {
        if (projection == Projection.USED) {
          weights.put(
              "text_projection.weight", new StoredWeight(name, StoredWeight.Form.TRANSPOSED));
        }
      } else if (!own.matches("logit_scale|logit_bias|attn_mask|visual\\..*")) {
        weights.put(OPEN_CLIP.getOrDefault(own, own), StoredWeight.whole(name));
      }
    }
    return weights;
  }

  /** Whether a text encoder ends in a projection to the space that texts and pictures share. */
  enum Projection {
    /** It does, as in SDXL. */
    USED,
    /** What the file has is left over, as in Stable Diffusion 2. */
    LEFT_OUT
  }

  private static void putLayer(
      Map<String, StoredWeight> weights, String stored, String place, String layer) {
    if (layer.startsWith("attn.in_proj_")) {
      String kind = layer.substring("attn.in_proj_".length());
      FUSED.forEach(
          (form, part) ->
              weights.put(
                  place + "self_attn." + part + "." + kind, new StoredWeight(stored, form)));
    } else {
      weights.put(place + renamed(layer, OPEN_CLIP_BLOCK), StoredWeight.whole(stored));
    }
  }

  /** Renames the layer of {@code layer.weight} or {@code layer.bias}. */
  private static String renamed(String name, Map<String, String> layers) {
    int dot = name.lastIndexOf('.');
    String layer = dot < 0 ? name : name.substring(0, dot);
    return layers.getOrDefault(layer, layer) + (dot < 0 ? "" : name.substring(dot));
  }
}
