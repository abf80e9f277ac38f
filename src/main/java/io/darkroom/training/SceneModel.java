package io.darkroom.training;

import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNetConfig;
import java.util.List;

/** The bundled model's sizes, chosen so that two cores train it in an evening's hour. */
final class SceneModel {
  /** The pictures' side in pixels. */
  static final int IMAGE_SIZE = 128;

  /** Tokens of a caption, begin and end included. */
  static final int TEXT_LENGTH = 48;

  /** Levels of noise. */
  static final int TRAIN_TIMESTEPS = 1000;

  private static final int NORM_GROUPS = 8;
  private static final int TEXT_WIDTH = 128;

  private SceneModel() {}

  /**
   * The autoencoder.
   *
   * @param scalingFactor 1 / the latents' standard deviation, measured after its training
   * @return its sizes
   */
  static AutoencoderConfig autoencoder(double scalingFactor) {
    return new AutoencoderConfig(
        4,
        List.of(16, 32, 64, 64),
        1,
        NORM_GROUPS,
        scalingFactor,
        0,
        List.of(),
        List.of(),
        true,
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
        3,
        4,
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
        4,
        4,
        IMAGE_SIZE / 8,
        List.of(
            block(48, 4, List.of(), List.of()),
            block(96, 4, List.of(1), List.of(1, 1)),
            block(144, 6, List.of(1), List.of(1, 1))),
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

  private static UNetConfig.Block block(
      int channels, int heads, List<Integer> downDepths, List<Integer> upDepths) {
    return new UNetConfig.Block(
        channels, heads, UNetConfig.Attention.of(downDepths), UNetConfig.Attention.of(upDepths));
  }
}
