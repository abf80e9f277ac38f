package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import io.darkroom.image.RgbImage;
import io.darkroom.network.TinyAutoencoder;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;

/**
 * A glimpse of a latent by a tiny autoencoder. Larger latents are averaged first, to a size that
 * still gives more pixels than a terminal shows, so that a glimpse costs the same for every
 * picture.
 */
final class DecodedPreview implements Preview {
  /** Pixels of the longer side of a glimpse. */
  private static final int LARGEST_SIDE = 256;

  /** Of the finest level, alive at the worst moment, with what a convolution needs beside them. */
  private static final int ACTIVATIONS = 6;

  private final LoadedModule decoder;
  private final TinyAutoencoderConfig config;

  /**
   * Joins the parts.
   *
   * @param decoder has {@link TinyAutoencoder#DECODE_SMALLER}; still the caller's
   * @param config its sizes
   */
  DecodedPreview(LoadedModule decoder, TinyAutoencoderConfig config) {
    this.decoder = decoder;
    this.config = config;
  }

  @Override
  public RgbImage picture(NDArray latents) {
    long height = latents.getShape().get(2);
    long width = latents.getShape().get(3);
    long largest = Math.max(1, LARGEST_SIDE / config.vaeScaleFactor());
    long divisor = ceiling(Math.max(height, width), largest);
    try (NDArray first = latents.get("0:1");
        EngineValue x = EngineValue.of(first);
        EngineValue rows = EngineValue.of(ceiling(height, divisor));
        EngineValue columns = EngineValue.of(ceiling(width, divisor));
        EngineValue result = decoder.call(TinyAutoencoder.DECODE_SMALLER, x, rows, columns);
        NDArray pixels = result.tensor(first.getManager())) {
      return new RgbImage(
          (int) pixels.getShape().get(2), (int) pixels.getShape().get(1), pixels.toByteArray());
    }
  }

  @Override
  public long workingBytes() {
    return (long) LARGEST_SIDE * LARGEST_SIDE * config.channels() * Float.BYTES * ACTIVATIONS;
  }

  private static long ceiling(long number, long divisor) {
    return (number + divisor - 1) / divisor;
  }
}
