package io.darkroom.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a picture is brought to a size of another shape. */
public enum Fit {
  /** Both sides are scaled on their own, as diffusers does by default. */
  STRETCH,
  /** The picture covers the size; what sticks out on two sides is cut off. */
  CROP,
  /** The picture lies within the size; its border is repeated on two sides. */
  PAD;

  /**
   * Reads a name.
   *
   * @param name such as {@code crop}, in capitals or not
   * @return the way to fit
   * @throws IllegalArgumentException if there is none of this name; the message lists the names
   */
  public static Fit named(String name) {
    for (Fit fit : values()) {
      if (fit.optionName().equals(name.strip().toLowerCase(Locale.ROOT))) {
        return fit;
      }
    }
    throw new IllegalArgumentException(
        "there is no way '%s' to fit a picture; use one of %s"
            .formatted(
                name,
                Arrays.stream(values()).map(Fit::optionName).collect(Collectors.joining(", "))));
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code crop}
   */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Brings a picture to a size.
   *
   * @param picture any picture
   * @param width pixels
   * @param height pixels
   * @return a picture of that size; the same one if it has the size
   */
  public RgbImage apply(RgbImage picture, int width, int height) {
    if (picture.width() == width && picture.height() == height) {
      return picture;
    }
    return new RgbImage(
        width, height, pixels(picture.rgb(), 3, picture.width(), picture.height(), width, height));
  }

  /**
   * Brings a picture without colours to a size.
   *
   * @param picture any picture
   * @param width pixels
   * @param height pixels
   * @return a picture of that size
   */
  public GreyImage apply(GreyImage picture, int width, int height) {
    return new GreyImage(
        width,
        height,
        pixels(picture.values(), 1, picture.width(), picture.height(), width, height));
  }

  private byte[] pixels(
      byte[] pixels, int channels, int width, int height, int toWidth, int toHeight) {
    if (this == STRETCH) {
      return Resampling.LANCZOS.resize(pixels, channels, width, height, toWidth, toHeight);
    }
    // Compared as products: a ratio of two sides may have no exact quotient.
    boolean isWider = (long) width * toHeight > (long) toWidth * height;
    boolean keepsHeight = isWider == (this == CROP);
    int scaledWidth = keepsHeight ? scaled(width, toHeight, height) : toWidth;
    int scaledHeight = keepsHeight ? toHeight : scaled(height, toWidth, width);
    byte[] scaled =
        Resampling.LANCZOS.resize(pixels, channels, width, height, scaledWidth, scaledHeight);
    // The middle of what was scaled.
    int left = Math.floorDiv(scaledWidth - toWidth, 2);
    int top = Math.floorDiv(scaledHeight - toHeight, 2);
    return PixelWindow.of(
        scaled, channels, scaledWidth, scaledHeight, left, top, toWidth, toHeight);
  }

  private static int scaled(int side, int numerator, int denominator) {
    return (int) Math.max(1, (long) side * numerator / denominator);
  }
}
