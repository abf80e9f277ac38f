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
}
