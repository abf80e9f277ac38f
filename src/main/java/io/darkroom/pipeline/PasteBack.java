package io.darkroom.pipeline;

import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PaintedArea;
import io.darkroom.request.Start;
import java.util.Optional;

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
   * @return the picture with the original's pixels where the mask is black, and a soft edge; the
   *     whole original around it where only its masked area was painted
   */
  static RgbImage of(ImageRequest request, RgbImage painted) {
    if (!(request.start() instanceof Start.Inpaint inpaint)) {
      return painted;
    }
    int width = painted.width();
    int height = painted.height();
    Optional<PaintedArea> area = inpaint.area(width, height);
    if (area.isPresent()) {
      RgbImage picture = inpaint.image().canvas();
      RgbImage whole = area.get().layOn(painted, picture);
      return inpaint.pastesBack()
          ? inpaint.canvasMask().softened(inpaint.blur()).compose(whole, picture)
          : whole;
    }
    if (!inpaint.pastesBack()) {
      return painted;
    }
    GreyImage mask = inpaint.fittedMask(width, height).softened(inpaint.blur());
    return mask.compose(painted, inpaint.fittedPicture(width, height));
  }
}
