package io.darkroom.image;

import java.util.Objects;

/**
 * A picture without colours: a mask, or the opacity of another picture.
 *
 * @param width pixels
 * @param height pixels
 * @param values a byte for each pixel, 0 black to 255 white, row by row from the top: {@code
 *     [height, width]}; not copied
 */
public record GreyImage(int width, int height, byte[] values) {
  /** Checks that the bytes fill the picture. */
  public GreyImage {
    Objects.requireNonNull(values, "values");
    if (width < 1 || height < 1 || values.length != (long) width * height) {
      throw new IllegalArgumentException(
          values.length + " bytes do not make a grey picture of " + width + "x" + height);
    }
  }

  /**
   * Takes the brightness of a picture as Pillow's {@code convert("L")} does: ITU-R 601 luma with
   * weights of 16 bits (Pillow's {@code Convert.c}).
   *
   * @param picture any picture
   * @return a picture of the same size
   */
  public static GreyImage of(RgbImage picture) {
    byte[] rgb = picture.rgb();
    byte[] grey = new byte[rgb.length / 3];
    for (int i = 0; i < grey.length; i++) {
      int red = rgb[3 * i] & 0xFF;
      int green = rgb[3 * i + 1] & 0xFF;
      int blue = rgb[3 * i + 2] & 0xFF;
      grey[i] = (byte) (19595 * red + 38470 * green + 7471 * blue + 0x8000 >> 16);
    }
    return new GreyImage(picture.width(), picture.height(), grey);
  }

  /**
   * The opposite: black becomes white.
   *
   * @return a picture of the same size
   */
  public GreyImage inverted() {
    byte[] inverted = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      inverted[i] = (byte) (255 - (values[i] & 0xFF));
    }
    return new GreyImage(width, height, inverted);
  }
}
