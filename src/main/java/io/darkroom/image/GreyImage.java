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
  /** What counts as white where there is black and white alone. */
  public static final int HALF = 128;

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
      grey[i] = (byte) ((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16);
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

  /**
   * Softens the edges of what is white by a Gauss function; what is black stays black.
   *
   * @param deviation its standard deviation in pixels, 0 or more
   * @return a picture of the same size, nowhere lighter than this one
   */
  public GreyImage softened(double deviation) {
    if (deviation == 0) {
      return this;
    }
    byte[] soft = MaskBlur.apply(this, deviation).values();
    for (int i = 0; i < soft.length; i++) {
      soft[i] = (byte) Math.min(soft[i] & 0xFF, values[i] & 0xFF);
    }
    return new GreyImage(width, height, soft);
  }

  /**
   * Tells whether nothing is white enough to count.
   *
   * @param least what counts, such as {@link #HALF}
   * @return whether each pixel is darker
   */
  public boolean isBelow(int least) {
    for (byte value : values) {
      if ((value & 0xFF) >= least) {
        return false;
      }
    }
    return true;
  }

  /**
   * Tells whether everything is white enough to count.
   *
   * @param least what counts, such as {@link #HALF}
   * @return whether no pixel is darker
   */
  public boolean isAtLeast(int least) {
    for (byte value : values) {
      if ((value & 0xFF) < least) {
        return false;
      }
    }
    return true;
  }

  /**
   * Lays one picture over another. Where this mask is black, the lower one shows, byte for byte.
   *
   * @param upper shows where the mask is white; of the mask's size
   * @param lower shows where it is black; of the mask's size
   * @return a picture of the same size
   */
  public RgbImage compose(RgbImage upper, RgbImage lower) {
    byte[] rgb = new byte[3 * values.length];
    for (int i = 0; i < rgb.length; i++) {
      int share = values[i / 3] & 0xFF;
      int above = upper.rgb()[i] & 0xFF;
      int below = lower.rgb()[i] & 0xFF;
      rgb[i] = (byte) ((above * share + below * (255 - share) + 127) / 255);
    }
    return new RgbImage(width, height, rgb);
  }
}
