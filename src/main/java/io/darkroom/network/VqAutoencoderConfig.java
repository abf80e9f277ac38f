package io.darkroom.network;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The sizes of a VQ autoencoder, as the config of diffusers' {@code VQModel} has them. Its {@code
 * scaling_factor} is left out: the latents of these models were never scaled, and diffusers'
 * default for a config that is silent is another autoencoder's.
 *
 * @param latentChannels channels of a code, and so of the latents that a U-Net sees ({@code
 *     vq_embed_dim})
 * @param innerChannels channels behind the encoder and before the decoder ({@code latent_channels})
 * @param codes how many codes there are
 * @param blockChannels channels of each level, from the finest
 * @param layersPerBlock residual blocks of a level in the encoder; one more in the decoder
 * @param normGroups groups of every group norm
 * @param middleAttention whether the middle block attends
 * @param attentiveDown the levels of the encoder with attention, from the finest
 * @param attentiveUp the levels of the decoder with attention, from the coarsest
 */
public record VqAutoencoderConfig(
    int latentChannels,
    int innerChannels,
    int codes,
    List<Integer> blockChannels,
    int layersPerBlock,
    int normGroups,
    boolean middleAttention,
    Set<Integer> attentiveDown,
    Set<Integer> attentiveUp)
    implements DecoderConfig {
  /** The name that diffusers has for it. */
  static final String CLASS = "VQModel";

  private static final String DOWN = "DownEncoderBlock2D";
  private static final String UP = "UpDecoderBlock2D";
  private static final String ATTENTIVE = "Attn";

  /** Takes its own copies. */
  public VqAutoencoderConfig {
    blockChannels = List.copyOf(blockChannels);
    attentiveDown = Set.copyOf(attentiveDown);
    attentiveUp = Set.copyOf(attentiveUp);
  }

  /**
   * Reads the config; absent keys take the defaults of diffusers' {@code VQModel}.
   *
   * @param config the file
   * @return the sizes
   * @throws ModelException if it asks for what Darkroom does not run
   */
  public static VqAutoencoderConfig parse(JsonConfig config) {
    Supported.only(config, "\"" + CLASS + "\"", "_class_name");
    Supported.only(config, "\"silu\"", "act_fn");
    Supported.only(config, "\"group\"", "norm_type");
    Supported.only(config, "3", "in_channels", "out_channels");
    List<String> down = config.texts("down_block_types");
    List<String> up = config.texts("up_block_types");
    Supported.blockTypes(
        config, "down_block_types", down, new TreeSet<>(Set.of(DOWN, ATTENTIVE + DOWN)));
    Supported.blockTypes(config, "up_block_types", up, new TreeSet<>(Set.of(UP, ATTENTIVE + UP)));
    List<Integer> channels = config.integers("block_out_channels");
    Supported.sameLevels(config, channels, down, up);
    int innerChannels = positive(config, "latent_channels", 3);
    return new VqAutoencoderConfig(
        positive(config, "vq_embed_dim", innerChannels),
        innerChannels,
        positive(config, "num_vq_embeddings", 256),
        channels,
        positive(config, "layers_per_block", 1),
        Supported.normGroups(config, channels),
        config.flag("mid_block_add_attention", true),
        attentive(down),
        attentive(up));
  }

  private static int positive(JsonConfig config, String key, int fallback) {
    int number = config.integer(key, fallback);
    if (number < 1) {
      throw new ModelException("%s: %s is %d".formatted(config.source(), key, number));
    }
    return number;
  }

  private static Set<Integer> attentive(List<String> types) {
    Set<Integer> levels = new HashSet<>();
    for (int i = 0; i < types.size(); i++) {
      if (types.get(i).startsWith(ATTENTIVE)) {
        levels.add(i);
      }
    }
    return levels;
  }

  @Override
  public int vaeScaleFactor() {
    return 1 << (blockChannels.size() - 1);
  }

  /** Its latents are small numbers, whatever the precision. */
  @Override
  public boolean forceUpcast() {
    return false;
  }
}
