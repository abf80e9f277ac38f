package io.darkroom.request;

import io.darkroom.image.Fit;
import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;

/**
 * The part of a picture that is painted in the network's full resolution and laid back: the mask's
 * bounds and some of what is around them, in the shape of what the network sees. The same rectangle
 * as diffusers' {@code VaeImageProcessor.get_crop_region}, which follows AUTOMATIC1111's {@code
 * masking.py}.
 *
 * @param left the first column in the picture
 * @param top the first row in the picture
 * @param width in the picture's pixels
 * @param height in the picture's pixels
 * @param seenWidth what the network sees
 * @param seenHeight what the network sees
 */
public record PaintedArea(int left, int top, int width, int height, int seenWidth, int seenHeight) {
  /**
   * Finds the area.
   *
   * @param mask not black where is painted
   * @param padding pixels around
   * @param seenWidth pixels
   * @param seenHeight pixels
   * @return the area; the whole picture where the mask is black
   */
  static PaintedArea around(GreyImage mask, int padding, int seenWidth, int seenHeight) {
    int left = mask.width();
    int right = 0;
    int top = mask.height();
    int bottom = 0;
    for (int place = 0; place < mask.values().length; place++) {
      if (mask.values()[place] != 0) {
        int x = place % mask.width();
        int y = place / mask.width();
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
      }
    }
    if (right == 0) {
      return new PaintedArea(0, 0, mask.width(), mask.height(), seenWidth, seenHeight);
    }
    Span columns = new Span(left, right).padded(padding, mask.width());
    Span rows = new Span(top, bottom).padded(padding, mask.height());
    double shape = (double) seenWidth / seenHeight;
    if ((double) columns.length() / rows.length() > shape) {
      rows = rows.widened((int) (columns.length() / shape), mask.height());
    } else {
      columns = columns.widened((int) (rows.length() * shape), mask.width());
    }
    return new PaintedArea(
        columns.from, rows.from, columns.length(), rows.length(), seenWidth, seenHeight);
  }

  /** Columns or rows, the end not included. */
  private record Span(int from, int to) {
    int length() {
      return to - from;
    }

    Span padded(int padding, int side) {
      return new Span(Math.max(0, from - padding), Math.min(side, to + padding));
    }

    /** Widens to both sides; what would lie outside goes to the other side. */
    Span widened(int wanted, int side) {
      int more = Math.max(0, wanted - length());
      int first = from - more / 2;
      int last = to + more - more / 2;
      int beyond = Math.max(0, last - side);
      int shifted = Math.max(0, first - beyond);
      int missing = Math.max(0, -(first - beyond));
      return new Span(shifted, Math.min(side, last - beyond + missing));
    }
  }

  /**
   * The area as the network sees it.
   *
   * @param picture the whole picture
   * @return the area in the seen size; where its shape is another, its border is repeated
   */
  RgbImage cut(RgbImage picture) {
    return Fit.PAD.apply(picture.window(left, top, width, height), seenWidth, seenHeight);
  }

  /** The same of a mask. */
  GreyImage cut(GreyImage mask) {
    return Fit.PAD.apply(mask.window(left, top, width, height), seenWidth, seenHeight);
  }

  /**
   * Lays the painted area back.
   *
   * @param painted of the seen size
   * @param picture the whole picture
   * @return the picture with the area
   */
  public RgbImage layOn(RgbImage painted, RgbImage picture) {
    return picture.with(Fit.CROP.apply(painted, width, height), left, top);
  }
}
