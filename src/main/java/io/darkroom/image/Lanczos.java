package io.darkroom.image;

/**
 * Changes the size of a picture with Lanczos' kernel of three lobes, bit for bit as Pillow's {@code
 * Image.resize(size, Image.LANCZOS)} does (its {@code Resample.c}): first the rows, then the
 * columns, with weights of 22 bits and bytes in between. Where a picture becomes smaller the kernel
 * is widened by the ratio.
 */
final class Lanczos {
  private static final int LOBES = 3;

  /** Pillow's {@code PRECISION_BITS}: two bits are left for sums of weights above 1. */
  private static final int BITS = 32 - 8 - 2;

  private Lanczos() {}

  /**
   * Resizes pixels.
   *
   * @param pixels {@code [height, width, channels]}
   * @param channels bytes of a pixel
   * @param width of the picture
   * @param height of the picture
   * @param newWidth wanted, 1 or more
   * @param newHeight wanted, 1 or more
   * @return {@code [newHeight, newWidth, channels]}; the same array if the size is the same
   */
  static byte[] resize(
      byte[] pixels, int channels, int width, int height, int newWidth, int newHeight) {
    byte[] rows = pixels;
    if (newWidth != width) {
      Weights weights = Weights.of(width, newWidth);
      rows = new byte[channels * newWidth * height];
      for (int y = 0; y < height; y++) {
        weights.apply(pixels, y * width * channels, rows, y * newWidth * channels, channels);
      }
    }
    if (newHeight == height) {
      return rows;
    }
    Weights weights = Weights.of(height, newHeight);
    int stride = newWidth * channels;
    byte[] result = new byte[stride * newHeight];
    for (int y = 0; y < newHeight; y++) {
      for (int i = 0; i < stride; i++) {
        result[y * stride + i] = weights.sum(y, rows, i, stride);
      }
    }
    return result;
  }

  /** For each new place the first old one that counts, and the weights from there. */
  private record Weights(int[] first, int[][] weights) {
    static Weights of(int size, int newSize) {
      double scale = (double) size / newSize;
      double stretch = Math.max(scale, 1);
      double support = LOBES * stretch;
      int[] first = new int[newSize];
      int[][] weights = new int[newSize][];
      for (int i = 0; i < newSize; i++) {
        double centre = (i + 0.5) * scale;
        int low = Math.max((int) (centre - support + 0.5), 0);
        int high = Math.min((int) (centre + support + 0.5), size);
        double[] exact = new double[high - low];
        double sum = 0;
        for (int k = 0; k < exact.length; k++) {
          exact[k] = kernel((k + low - centre + 0.5) / stretch);
          sum += exact[k];
        }
        first[i] = low;
        weights[i] = new int[exact.length];
        for (int k = 0; k < exact.length; k++) {
          double weight = exact[k] / sum * (1 << BITS);
          weights[i][k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
      }
      return new Weights(first, weights);
    }

    void apply(byte[] from, int start, byte[] to, int newStart, int channels) {
      for (int i = 0; i < first.length; i++) {
        for (int channel = 0; channel < channels; channel++) {
          to[newStart + i * channels + channel] = sum(i, from, start + channel, channels);
        }
      }
    }

    byte sum(int i, byte[] from, int start, int stride) {
      int[] own = weights[i];
      int sum = 1 << (BITS - 1);
      int place = start + first[i] * stride;
      for (int weight : own) {
        sum += weight * (from[place] & 0xFF);
        place += stride;
      }
      return (byte) Math.max(0, Math.min(255, sum >> BITS));
    }
  }

  private static double kernel(double x) {
    return x > -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0;
  }

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }
}
