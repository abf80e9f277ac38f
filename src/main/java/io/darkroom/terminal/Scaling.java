package io.darkroom.terminal;

import io.darkroom.image.RgbImage;

/** Pictures in other sizes: each pixel is the mean of the area that it stands for. */
final class Scaling {
  private Scaling() {}

  /**
   * Scales a picture.
   *
   * @param image the picture
   * @param width of the result, 1 or more
   * @param height of the result, 1 or more
   * @return the result; the very same picture if its size is right
   */
  static RgbImage to(RgbImage image, int width, int height) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    byte[] rgb = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        average(
            image,
            (double) x * image.width() / width,
            (double) (x + 1) * image.width() / width,
            (double) y * image.height() / height,
            (double) (y + 1) * image.height() / height,
            rgb,
            3 * (y * width + x));
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static void average(
      RgbImage image,
      double left,
      double right,
      double top,
      double bottom,
      byte[] target,
      int offset) {
    double[] sums = new double[3];
    double area = 0;
    for (int y = (int) top; y < Math.min(image.height(), Math.ceil(bottom)); y++) {
      double high = Math.min(bottom, y + 1) - Math.max(top, y);
      for (int x = (int) left; x < Math.min(image.width(), Math.ceil(right)); x++) {
        double share = high * (Math.min(right, x + 1) - Math.max(left, x));
        int pixel = 3 * (y * image.width() + x);
        for (int channel = 0; channel < 3; channel++) {
          sums[channel] += share * (image.rgb()[pixel + channel] & 0xFF);
        }
        area += share;
      }
    }
    for (int channel = 0; channel < 3; channel++) {
      target[offset + channel] = (byte) Math.round(sums[channel] / area);
    }
  }
}
