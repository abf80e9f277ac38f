package io.darkroom.training;

import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNetConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The sizes of the model that paints 256 by 256 pixels. */
final class SceneryModel {
  /** The pictures' side in pixels. */
  static final int IMAGE_SIZE = 256;

  /** Channels of a latent. */
  static final int LATENT_CHANNELS = 16;

  /** Pixels of a latent's element, along each side. */
  static final int FACTOR = 16;

  /** A latent's side. */
  static final int LATENT_SIZE = IMAGE_SIZE / FACTOR;

  /** Tokens of a caption, begin and end included. */
  static final int TEXT_LENGTH = 64;

  /** Levels of noise. */
  static final int TRAIN_TIMESTEPS = 1000;

  /** Steps of sampling by default. */
  static final int STEPS = 20;

  /** Guidance by default. */
  static final double GUIDANCE_SCALE = 4;

  private static final int NORM_GROUPS = 8;

  /**
   * A norm takes the mean and the deviation away that its group has over the whole picture. The
   * fewer the channels of a group, the less is left of the brightness of a plain sky.
   */
  private static final int AUTOENCODER_NORM_GROUPS = 1;

  private static final int TEXT_WIDTH = 160;

  private SceneryModel() {}

  /**
   * The autoencoder. It has no attention, so that all places of a picture of any size are treated
   * as those of the small squares that it learns from.
   *
   * @param scalingFactor 1 / the latents' standard deviation, measured after its training
   * @return its sizes
   */
  static AutoencoderConfig autoencoder(double scalingFactor) {
    return autoencoder(LATENT_CHANNELS, List.of(16, 24, 48, 96, 128), scalingFactor);
  }

  /**
   * An autoencoder of other sizes.
   *
   * @param latentChannels channels of the latent
   * @param channels of each level, from the finest
   * @param scalingFactor as above
   * @return its sizes
   */
  static AutoencoderConfig autoencoder(
      int latentChannels, List<Integer> channels, double scalingFactor) {
    return new AutoencoderConfig(
        latentChannels,
        channels,
        1,
        AUTOENCODER_NORM_GROUPS,
        scalingFactor,
        0,
        List.of(),
        List.of(),
        false,
        true,
        true,
        false);
  }

  /**
   * The text encoder.
   *
   * @param vocabularySize tokens of the tokenizer
   * @return its sizes
   */
  static TextEncoderConfig textEncoder(int vocabularySize) {
    return new TextEncoderConfig(
        vocabularySize,
        TEXT_WIDTH,
        4 * TEXT_WIDTH,
        4,
        5,
        TEXT_LENGTH,
        TextEncoderConfig.Activation.QUICK_GELU,
        1e-5,
        vocabularySize - 1,
        TEXT_WIDTH);
  }

  /**
   * The U-Net.
   *
   * @return its sizes
   */
  static UNetConfig unet() {
    return new UNetConfig(
        LATENT_CHANNELS,
        LATENT_CHANNELS,
        LATENT_SIZE,
        List.of(
            block(96, 4, List.of(1), List.of(1, 1)),
            block(160, 5, List.of(1), List.of(1, 1)),
            block(192, 6, List.of(1), List.of(1, 1))),
        new UNetConfig.Middle(2, UNetConfig.Attention.of(List.of(1))),
        1,
        TEXT_WIDTH,
        NORM_GROUPS,
        1e-5,
        false,
        false,
        true,
        0,
        1,
        List.of());
  }

  /**
   * The levels of noise, as training and sampling both use them: at the last one nothing is left of
   * the picture (Lin et al., arXiv 2305.08891), so that dark and bright pictures come out as such.
   *
   * @return the content of {@code scheduler_config.json}
   */
  static Map<String, Object> scheduler() {
    Map<String, Object> config = new LinkedHashMap<>(ModelExport.scheduler());
    config.put("rescale_betas_zero_snr", true);
    return config;
  }

  private static UNetConfig.Block block(
      int channels, int heads, List<Integer> downDepths, List<Integer> upDepths) {
    return new UNetConfig.Block(
        channels, heads, UNetConfig.Attention.of(downDepths), UNetConfig.Attention.of(upDepths));
  }
}
