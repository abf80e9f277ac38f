package io.darkroom.terminal;

import io.darkroom.image.RgbImage;

/**
 * A picture as lines of upper half blocks: the foreground colours the upper pixel, the background
 * the lower one.
 */
final class HalfBlocks {
  private static final String RESET = "\033[0m";

  private HalfBlocks() {}

  /**
   * The lines.
   *
   * @param image as many pixels wide as characters, and an even number of them high
   * @return lines that each end with all colours reset
   */
  static String lines(RgbImage image) {
    StringBuilder lines = new StringBuilder();
    for (int y = 0; y + 1 < image.height(); y += 2) {
      int upperBefore = -1;
      int lowerBefore = -1;
      for (int x = 0; x < image.width(); x++) {
        int upper = pixel(image, x, y);
        int lower = pixel(image, x, y + 1);
        if (upper != upperBefore) {
          colour(38, upper, lines);
        }
        if (lower != lowerBefore) {
          colour(48, lower, lines);
        }
        upperBefore = upper;
        lowerBefore = lower;
        lines.append('▀');
      }
      lines.append(RESET).append('\n');
    }
    return lines.toString();
  }

  private static int pixel(RgbImage image, int x, int y) {
    int start = 3 * (y * image.width() + x);
    return (image.rgb()[start] & 0xFF) << 16
        | (image.rgb()[start + 1] & 0xFF) << 8
        | (image.rgb()[start + 2] & 0xFF);
  }

  private static void colour(int which, int pixel, StringBuilder lines) {
    lines.append("\033[").append(which).append(";2;");
    lines.append(pixel >> 16).append(';').append(pixel >> 8 & 0xFF).append(';');
    lines.append(pixel & 0xFF).append('m');
  }
}
