package io.darkroom.pipeline;

import io.darkroom.conditioning.ClassifierFreeGuidance;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;

/**
 * The size of a batch on the first level of the U-Net, where its activations are largest. From
 * level to level the pixels become a quarter and the channels about twice as many, so that a
 * convolution costs about the same on each.
 *
 * @param pixels of all the latents that the U-Net sees together, which guidance doubles
 * @param channels of the level's activations
 */
record FirstLevel(long pixels, int channels) {
  private static final int KERNEL = 3 * 3;

  /**
   * Measures a batch.
   *
   * @param unet the U-Net
   * @param decoder tells how much smaller the latents are
   * @param settings the pictures'
   * @param pictures how many there are
   * @return its first level
   */
  static FirstLevel of(
      UNetConfig unet, DecoderConfig decoder, PictureSettings settings, int pictures) {
    int samples = ClassifierFreeGuidance.branches(settings.guidance(), unet).count();
    return new FirstLevel(
        seenPixels(unet, decoder, settings) * pictures * samples, unet.blocks().get(0).channels());
  }

  /** The pixels of what the U-Net sees at once of one picture's latent. */
  static long seenPixels(UNetConfig unet, DecoderConfig decoder, PictureSettings settings) {
    LatentWindows windows =
        LatentWindows.of(
            settings,
            unet.sampleSize(),
            settings.height() / decoder.vaeScaleFactor(),
            settings.width() / decoder.vaeScaleFactor());
    return (long) windows.height() * windows.width();
  }

  /** {@return the numbers in the level's activations} */
  long activations() {
    return pixels * channels;
  }

  /** {@return additions and multiplications of a 3x3 convolution from the level to itself} */
  long convolutionOperations() {
    return 2 * KERNEL * activations() * channels;
  }
}
