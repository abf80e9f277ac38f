package io.darkroom.pipeline;

import io.darkroom.model.Component;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.request.InvalidRequestException;

/**
 * The sizes that a model can paint in, which is known before its weights are loaded.
 *
 * @param factor how many pixels a latent's element stands for, along each side
 */
public record PictureSizes(int factor) {
  /**
   * Asks a model's config.
   *
   * @param model the model
   * @return its sizes
   * @throws io.darkroom.base.ModelException if its autoencoder is not one that Darkroom runs
   */
  public static PictureSizes of(ModelSource model) {
    return new PictureSizes(
        DecoderConfig.parse(model.settings(Component.AUTOENCODER)).vaeScaleFactor());
  }

  /**
   * Checks a size.
   *
   * @param width in pixels, 1 or more
   * @param height in pixels, 1 or more
   * @throws InvalidRequestException if it is none of these; it names the nearest
   */
  public void check(int width, int height) {
    requireMultiple("width", width);
    requireMultiple("height", height);
    long elements = (long) width * height / factor / factor;
    if (elements > Integer.MAX_VALUE / (4L * factor * factor)) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too large to be made".formatted(width, height));
    }
  }

  private void requireMultiple(String side, int pixels) {
    if (pixels % factor != 0) {
      int below = pixels / factor * factor;
      String nearest = below == 0 ? Integer.toString(factor) : below + " or " + (below + factor);
      throw new InvalidRequestException(
          "%s %d is not a multiple of %d; the nearest is %s"
              .formatted(side, pixels, factor, nearest));
    }
  }
}
