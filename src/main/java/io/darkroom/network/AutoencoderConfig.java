package io.darkroom.network;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.util.List;
import java.util.Set;

/**
 * The sizes of a KL autoencoder, as {@code vae/config.json} has them.
 *
 * @param latentChannels channels of the latent
 * @param blockChannels channels of each level, from the finest
 * @param layersPerBlock residual blocks of a level in the encoder; one more in the decoder
 * @param normGroups groups of every group norm
 * @param scalingFactor what a latent is multiplied with for the U-Net
 * @param shiftFactor what is taken from a latent before that
 * @param latentsMean what is taken from each channel of a latent before all of that; empty for
 *     nothing
 * @param latentsDeviation what each channel is divided by then; as many
 * @param middleAttention whether the middle block attends
 * @param quantizationConvolution whether a 1x1 convolution follows the encoder
 * @param postQuantizationConvolution whether a 1x1 convolution precedes the decoder
 * @param forceUpcast whether the decoder of an SDXL model overflows in half precision
 */
public record AutoencoderConfig(
    int latentChannels,
    List<Integer> blockChannels,
    int layersPerBlock,
    int normGroups,
    double scalingFactor,
    double shiftFactor,
    List<Double> latentsMean,
    List<Double> latentsDeviation,
    boolean middleAttention,
    boolean quantizationConvolution,
    boolean postQuantizationConvolution,
    boolean forceUpcast)
    implements DecoderConfig {

  /** Takes its own copies of the lists. */
  public AutoencoderConfig {
    blockChannels = List.copyOf(blockChannels);
    latentsMean = List.copyOf(latentsMean);
    latentsDeviation = List.copyOf(latentsDeviation);
  }

  @Override
  public int vaeScaleFactor() {
    return 1 << (blockChannels.size() - 1);
  }

  /**
   * Reads {@code vae/config.json}; absent keys take the defaults of diffusers' {@code
   * AutoencoderKL}.
   *
   * @param config the file
   * @return the sizes
   * @throws io.darkroom.base.ModelException if it asks for what Darkroom does not run
   */
  public static AutoencoderConfig parse(JsonConfig config) {
    Supported.only(config, "\"AutoencoderKL\"", "_class_name");
    Supported.only(config, "\"silu\"", "act_fn");
    Supported.only(config, "3", "in_channels", "out_channels");
    List<String> down = config.texts("down_block_types");
    List<String> up = config.texts("up_block_types");
    Supported.blockTypes(config, "down_block_types", down, Set.of("DownEncoderBlock2D"));
    Supported.blockTypes(config, "up_block_types", up, Set.of("UpDecoderBlock2D"));
    List<Integer> channels = config.integers("block_out_channels");
    Supported.sameLevels(config, channels, down, up);
    double scalingFactor = config.number("scaling_factor", 0.18215);
    if (scalingFactor == 0) {
      throw new ModelException(config.source() + ": scaling_factor must not be 0");
    }
    int latentChannels = config.integer("latent_channels", 4);
    // Without the other, diffusers' pipelines heed neither.
    boolean normalizes = config.has("latents_mean") && config.has("latents_std");
    return new AutoencoderConfig(
        latentChannels,
        channels,
        config.integer("layers_per_block", 1),
        Supported.normGroups(config, channels),
        scalingFactor,
        config.number("shift_factor", 0),
        normalizes ? channels(config, "latents_mean", latentChannels) : List.of(),
        normalizes ? channels(config, "latents_std", latentChannels) : List.of(),
        config.flag("mid_block_add_attention", true),
        config.flag("use_quant_conv", true),
        config.flag("use_post_quant_conv", true),
        config.flag("force_upcast", true));
  }

  /** A number for each channel. */
  private static List<Double> channels(JsonConfig config, String key, int count) {
    List<Double> numbers = config.numbers(key);
    boolean isDivisor = key.equals("latents_std");
    if (numbers.size() != count || (isDivisor && numbers.contains(0.0))) {
      throw new ModelException(
          "%s: %s is %s; it must be %d numbers%s"
              .formatted(config.source(), key, numbers, count, isDivisor ? " other than 0" : ""));
    }
    return numbers;
  }
}
