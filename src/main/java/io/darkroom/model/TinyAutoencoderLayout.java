package io.darkroom.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.weights.StoredWeight;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tiny autoencoder (TAESD) has its decoder, a plain sequence of numbered layers. The
 * original's sequence begins with a clamp, which has no weights; that of diffusers' {@code
 * AutoencoderTiny} begins with the first convolution, so all its numbers are one less.
 *
 * <p>Sources: <a href="https://github.com/madebyollin/taesd/blob/main/taesd.py">taesd.py</a>,
 * diffusers' {@code DecoderTiny} in {@code vae.py}, and for the longer names {@code
 * comfy/taesd/taesd.py} of ComfyUI.
 */
enum TinyAutoencoderLayout {
  /** diffusers' own, encoder and decoder. */
  DIFFUSERS("decoder.layers.", 0, "encoder\\..*"),
  /** The original's encoder and decoder in one file. */
  ORIGINAL("decoder.", 1, "encoder\\..*"),
  /** The same with ComfyUI's names; the two numbers tell how ComfyUI scales its latents. */
  COMFY("taesd_decoder.", 1, "taesd_encoder\\..*|vae_scale|vae_shift"),
  /** The original's decoder alone. */
  ORIGINAL_DECODER("", 1, "");

  private static final String NAME = "decoder.layers.";
  private static final Pattern LAYER = Pattern.compile("(\\d{1,3})\\.(.+)");
  private static final Pattern BLOCK = Pattern.compile("(\\d{1,3})\\.conv\\.\\d\\..+");

  /** In the encoder's sequence this is a block, in the decoder's a convolution. */
  private static final String ENCODERS = "1.conv.0.weight";

  private final String prefix;
  private final int first;
  private final Pattern leftover;

  TinyAutoencoderLayout(String prefix, int first, String leftover) {
    this.prefix = prefix;
    this.first = first;
    this.leftover = Pattern.compile(leftover);
  }

  /**
   * Tells whether a file has a tiny autoencoder's decoder, and where.
   *
   * @param names all names in the file
   * @return the layout; empty if it is something else
   */
  static Optional<TinyAutoencoderLayout> of(Set<String> names) {
    for (TinyAutoencoderLayout layout : values()) {
      boolean encoder = names.contains(layout.prefix + ENCODERS) && layout.first == 1;
      if (!encoder && !layout.blocks(names).isEmpty()) {
        return Optional.of(layout);
      }
    }
    return Optional.empty();
  }

  /** The numbers of the layers that are blocks. */
  private SortedSet<Integer> blocks(Set<String> names) {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (String name : names) {
      if (name.startsWith(prefix)) {
        Matcher block = BLOCK.matcher(name.substring(prefix.length()));
        if (block.matches()) {
          numbers.add(Integer.parseInt(block.group(1)));
        }
      }
    }
    return numbers;
  }

  /**
   * The decoder's weights.
   *
   * @param names all names in the file
   * @return where each is, by diffusers' name; the encoder's are left out, and a name that is not
   *     known stays as it is
   */
  Map<String, StoredWeight> weights(Set<String> names) {
    Map<String, StoredWeight> weights = new LinkedHashMap<>();
    for (String name : names) {
      if (!leftover.matcher(name).matches()) {
        weights.put(renamed(name), StoredWeight.whole(name));
      }
    }
    return weights;
  }

  private String renamed(String name) {
    if (!name.startsWith(prefix)) {
      return name;
    }
    Matcher layer = LAYER.matcher(name.substring(prefix.length()));
    if (!layer.matches() || Integer.parseInt(layer.group(1)) < first) {
      return name;
    }
    return NAME + (Integer.parseInt(layer.group(1)) - first) + "." + layer.group(2);
  }

  /**
   * The settings that the names and shapes tell: between two levels lie an enlargement and a
   * convolution, which break the blocks' numbers.
   *
   * @param source the file, for messages
   * @param shapes what is in it
   * @return the settings, as diffusers' config file would have them
   */
  JsonConfig settings(String source, Map<String, long[]> shapes) {
    JsonObject settings = new JsonObject();
    settings.addProperty("_class_name", "AutoencoderTiny");
    long[] convolution = shapes.getOrDefault(prefix + first + ".weight", new long[0]);
    long channels = 64;
    if (convolution.length == 4) {
      channels = convolution[0];
      settings.addProperty("latent_channels", convolution[1]);
    }
    List<Integer> counts = new ArrayList<>();
    int last = -2;
    for (int block : blocks(shapes.keySet())) {
      if (block == last + 1) {
        counts.set(counts.size() - 1, counts.get(counts.size() - 1) + 1);
      } else {
        counts.add(1);
      }
      last = block;
    }
    settings.add("num_decoder_blocks", array(counts));
    settings.add("decoder_block_out_channels", array(Collections.nCopies(counts.size(), channels)));
    return JsonConfig.of(source, settings);
  }

  private static JsonArray array(List<? extends Number> numbers) {
    JsonArray array = new JsonArray();
    numbers.forEach(array::add);
    return array;
  }
}
