package io.darkroom.training;

import io.darkroom.network.AutoencoderConfig;
import java.util.List;

/** The sizes of the model that paints 256 by 256 pixels. */
final class SceneryModel {
  /** The pictures' side in pixels. */
  static final int IMAGE_SIZE = 256;

  /** Tokens of a caption, begin and end included. */
  static final int TEXT_LENGTH = 64;

  /** Levels of noise. */
  static final int TRAIN_TIMESTEPS = 1000;

  private static final int NORM_GROUPS = 8;

  private SceneryModel() {}

  /**
   * The autoencoder.
   *
   * @param latentChannels channels of the latent
   * @param channels of each level, from the finest
   * @param scalingFactor 1 / the latents' standard deviation, measured after its training
   * @return its sizes
   */
  static AutoencoderConfig autoencoder(
      int latentChannels, List<Integer> channels, double scalingFactor) {
    return new AutoencoderConfig(
        latentChannels,
        channels,
        1,
        NORM_GROUPS,
        scalingFactor,
        0,
        List.of(),
        List.of(),
        false,
        true,
        true,
        false);
  }
}
