package io.darkroom.image;

import java.util.Objects;
import java.util.function.IntPredicate;

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
   * Makes a picture of a condition.
   *
   * @param width pixels
   * @param height pixels
   * @param isWhite tells of each pixel, counted row by row, whether it is white
   * @return a picture in black and white
   */
  public static GreyImage of(int width, int height, IntPredicate isWhite) {
    byte[] values = new byte[width * height];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (isWhite.test(i) ? 255 : 0);
    }
    return new GreyImage(width, height, values);
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
   * Makes what is light larger: each pixel becomes as light as the lightest one that is at most so
   * many columns and so many rows away.
   *
   * @param pixels how far, 0 or more
   * @return a picture of the same size, nowhere darker than this one
   */
  public GreyImage dilated(int pixels) {
    if (pixels == 0) {
      return this;
    }
    byte[] rows = dilated(values, height, width, width, 1, pixels);
    return new GreyImage(width, height, dilated(rows, width, height, 1, width, pixels));
  }

  /** Dilates lines of a length, whose places lie a stride apart. */
  private static byte[] dilated(
      byte[] from, int lines, int length, int lineStride, int stride, int pixels) {
    byte[] to = new byte[from.length];
    for (int line = 0; line < lines; line++) {
      for (int place = 0; place < length; place++) {
        int lightest = 0;
        int last = Math.min(length - 1, place + pixels);
        for (int other = Math.max(0, place - pixels); other <= last && lightest < 255; other++) {
          lightest = Math.max(lightest, from[line * lineStride + other * stride] & 0xFF);
        }
        to[line * lineStride + place * stride] = (byte) lightest;
      }
    }
    return to;
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
  public GreyImage window(int left, int top, int width, int height) {
    return new GreyImage(
        width,
        height,
        PixelWindow.of(values, 1, this.width, this.height, left, top, width, height));
  }

  /**
   * Tells one picture from another.
   *
   * @return the SHA-256 of width, height (32 bits each, the highest byte first) and values, as 64
   *     hexadecimal digits
   */
  public String hash() {
    return PixelHash.of(width, height, values);
  }

  /**
   * Takes at each place the lighter of two pictures.
   *
   * @param other a picture of the same size
   * @return a picture of the same size
   */
  public GreyImage orLighter(GreyImage other) {
    byte[] lighter = values.clone();
    for (int i = 0; i < lighter.length; i++) {
      lighter[i] = (byte) Math.max(lighter[i] & 0xFF, other.values[i] & 0xFF);
    }
    return new GreyImage(width, height, lighter);
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
