package io.darkroom.network;

import io.darkroom.base.JsonConfig;

/** What the road must know of an autoencoder, whichever kind makes the pictures. */
public sealed interface DecoderConfig
    permits AutoencoderConfig, TinyAutoencoderConfig, VqAutoencoderConfig {
  /**
   * Channels of the latent.
   *
   * @return 4 for Stable Diffusion
   */
  int latentChannels();

  /**
   * How many pixels a latent's element stands for, along each side.
   *
   * @return 8 for Stable Diffusion
   */
  int vaeScaleFactor();

  /**
   * Whether the decoder of an SDXL model overflows in half precision.
   *
   * @return whether it is to run in float32
   */
  boolean forceUpcast();

  /**
   * Reads {@code vae/config.json}; its class tells the kind.
   *
   * @param config the file
   * @return the sizes
   * @throws io.darkroom.base.ModelException if it asks for what Darkroom does not run
   */
  static DecoderConfig parse(JsonConfig config) {
    return switch (config.text("_class_name", "")) {
      case TinyAutoencoderConfig.CLASS -> TinyAutoencoderConfig.parse(config);
      case VqAutoencoderConfig.CLASS -> VqAutoencoderConfig.parse(config);
      default -> AutoencoderConfig.parse(config);
    };
  }
}
