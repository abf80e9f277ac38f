package io.darkroom.image;

import java.util.Objects;

/**
 * A picture in memory.
 *
 * @param width pixels
 * @param height pixels
 * @param rgb one byte for red, green and blue each, row by row from the top: {@code [height, width,
 *     3]}; not copied
 */
public record RgbImage(int width, int height, byte[] rgb) {
  /** Checks that the bytes fill the picture. */
  public RgbImage {
    Objects.requireNonNull(rgb, "rgb");
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          rgb.length + " bytes do not make a picture of " + width + "x" + height);
    }
  }

  /**
   * Cuts out a rectangle, or makes the picture larger: what lies outside repeats its border.
   *
   * @param left the first column; may be negative
   * @param top the first row; may be negative
   * @param width pixels
   * @param height pixels
   * @return a picture of that size
   */
  public RgbImage window(int left, int top, int width, int height) {
    return new RgbImage(
        width, height, PixelWindow.of(rgb, 3, this.width, this.height, left, top, width, height));
  }

  /**
   * Lays a smaller picture on this one.
   *
   * @param patch lies wholly inside
   * @param left its first column
   * @param top its first row
   * @return a picture of this one's size
   */
  public RgbImage with(RgbImage patch, int left, int top) {
    byte[] result = rgb.clone();
    for (int y = 0; y < patch.height; y++) {
      System.arraycopy(
          patch.rgb, 3 * y * patch.width, result, 3 * ((y + top) * width + left), 3 * patch.width);
    }
    return new RgbImage(width, height, result);
  }
}
