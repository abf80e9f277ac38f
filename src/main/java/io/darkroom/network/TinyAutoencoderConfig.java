package io.darkroom.network;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.util.Collections;
import java.util.List;

/**
 * The sizes of a tiny autoencoder's decoder, as the config of diffusers' {@code AutoencoderTiny}
 * has them. What that config says of the encoder, and of latents kept as bytes ({@code
 * latent_magnitude}, {@code latent_shift}), does not concern the decoder.
 *
 * @param latentChannels channels of the latent
 * @param channels of every layer
 * @param blocks how many blocks each level has, from the coarsest
 * @param scalingFactor what a latent is multiplied with for the U-Net
 * @param shiftFactor what is taken from a latent before that
 */
public record TinyAutoencoderConfig(
    int latentChannels,
    int channels,
    List<Integer> blocks,
    double scalingFactor,
    double shiftFactor)
    implements DecoderConfig {
  /** The name that diffusers has for it. */
  static final String CLASS = "AutoencoderTiny";

  private static final String BLOCKS = "num_decoder_blocks";
  private static final String CHANNELS = "decoder_block_out_channels";
  private static final int MOST_LEVELS = 8;

  /** Takes its own copy of the levels. */
  public TinyAutoencoderConfig {
    blocks = List.copyOf(blocks);
  }

  @Override
  public int vaeScaleFactor() {
    return 1 << (blocks.size() - 1);
  }

  /** It does not: what goes into it is clamped. */
  @Override
  public boolean forceUpcast() {
    return false;
  }

  /**
   * Reads {@code config.json}; absent keys take the defaults of diffusers' {@code AutoencoderTiny}.
   *
   * @param config the file
   * @return the sizes
   * @throws ModelException if it asks for what Darkroom does not run
   */
  public static TinyAutoencoderConfig parse(JsonConfig config) {
    Supported.only(config, "\"" + CLASS + "\"", "_class_name");
    Supported.only(config, "\"relu\"", "act_fn");
    Supported.only(config, "\"nearest\"", "upsample_fn");
    Supported.only(config, "2", "upsampling_scaling_factor");
    Supported.only(config, "3", "in_channels", "out_channels");
    Supported.only(config, "null", "latents_mean", "latents_std");
    List<Integer> blocks = config.integers(BLOCKS, List.of(3, 3, 3, 1));
    List<Integer> channels = config.integers(CHANNELS, Collections.nCopies(4, 64));
    if (blocks.isEmpty() || blocks.size() > MOST_LEVELS || Collections.min(blocks) < 0) {
      throw new ModelException(
          "%s: %s is %s; it must be a count for each of 1 to %d levels"
              .formatted(config.source(), BLOCKS, blocks, MOST_LEVELS));
    }
    if (channels.size() != blocks.size()) {
      throw new ModelException(
          "%s: %s and %s name %d and %d levels; they must name as many"
              .formatted(config.source(), BLOCKS, CHANNELS, blocks.size(), channels.size()));
    }
    // diffusers' decoder has no layer in which their number could change.
    if (channels.stream().distinct().count() != 1 || channels.get(0) < 1) {
      throw new ModelException(
          "%s: %s is %s; all levels must have the same number of channels"
              .formatted(config.source(), CHANNELS, channels));
    }
    double scalingFactor = config.number("scaling_factor", 1);
    if (scalingFactor == 0) {
      throw new ModelException(config.source() + ": scaling_factor must not be 0");
    }
    int latentChannels = config.integer("latent_channels", 4);
    if (latentChannels < 1) {
      throw new ModelException(config.source() + ": latent_channels must be 1 or more");
    }
    return new TinyAutoencoderConfig(
        latentChannels, channels.get(0), blocks, scalingFactor, config.number("shift_factor", 0));
  }
}
