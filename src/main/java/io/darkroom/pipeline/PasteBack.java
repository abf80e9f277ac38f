package io.darkroom.pipeline;

import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Start;

/**
 * Puts the original's pixels back where a mask leaves a picture as it is: through the latents they
 * come back nearly, but not wholly, the same.
 */
final class PasteBack {
  private PasteBack() {}

  /**
   * Pastes where the request asks for it.
   *
   * @param request the picture's
   * @param painted what the decoder gave, of the request's size
   * @return the picture with the original's pixels where the mask is black, and a soft edge
   */
  static RgbImage of(ImageRequest request, RgbImage painted) {
    if (!(request.start() instanceof Start.Inpaint inpaint) || !inpaint.pastesBack()) {
      return painted;
    }
    int width = painted.width();
    int height = painted.height();
    GreyImage mask = inpaint.fittedMask(width, height).softened(inpaint.blur());
    return mask.compose(painted, inpaint.image().fitted(width, height));
  }
}
