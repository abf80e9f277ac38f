package io.darkroom.image;

/**
 * Changes the size of a picture bit for bit as Pillow's {@code Image.resize} does (its {@code
 * Resample.c}): first the rows, then the columns, with weights of 22 bits and bytes in between.
 * Where a picture becomes smaller the kernel is widened by the ratio.
 */
public enum Resampling {
  /** Pillow's {@code LANCZOS}: Lanczos' kernel of three lobes. */
  LANCZOS(3) {
    @Override
    double kernel(double x) {
      return x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    }
  },
  /** Pillow's {@code BICUBIC}: Keys' cubic convolution with a = -1/2. */
  BICUBIC(2) {
    @Override
    double kernel(double x) {
      double distance = Math.abs(x);
      if (distance < 1) {
        return ((A + 2) * distance - (A + 3)) * distance * distance + 1;
      }
      return distance < 2 ? (((distance - 5) * distance + 8) * distance - 4) * A : 0;
    }
  };

  private static final double A = -0.5;

  /** Pillow's {@code PRECISION_BITS}: two bits are left for sums of weights above 1. */
  private static final int BITS = 32 - 8 - 2;

  private final int support;

  Resampling(int support) {
    this.support = support;
  }

  /** The kernel's value, 0 beyond its support. */
  abstract double kernel(double x);

  /**
   * Resizes a picture.
   *
   * @param picture any picture
   * @param width wanted, 1 or more
   * @param height wanted, 1 or more
   * @return a picture of that size; the same one if it has the size
   */
  public RgbImage resize(RgbImage picture, int width, int height) {
    if (picture.width() == width && picture.height() == height) {
      return picture;
    }
    return new RgbImage(
        width, height, resize(picture.rgb(), 3, picture.width(), picture.height(), width, height));
  }

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
  byte[] resize(byte[] pixels, int channels, int width, int height, int newWidth, int newHeight) {
    byte[] rows = pixels;
    if (newWidth != width) {
      Weights weights = weights(width, newWidth);
      rows = new byte[channels * newWidth * height];
      for (int y = 0; y < height; y++) {
        weights.apply(pixels, y * width * channels, rows, y * newWidth * channels, channels);
      }
    }
    if (newHeight == height) {
      return rows;
    }
    Weights weights = weights(height, newHeight);
    int stride = newWidth * channels;
    byte[] result = new byte[stride * newHeight];
    for (int y = 0; y < newHeight; y++) {
      for (int i = 0; i < stride; i++) {
        result[y * stride + i] = weights.sum(y, rows, i, stride);
      }
    }
    return result;
  }

  private Weights weights(int size, int newSize) {
    double scale = (double) size / newSize;
    double stretch = Math.max(scale, 1);
    double reach = support * stretch;
    int[] first = new int[newSize];
    int[][] weights = new int[newSize][];
    for (int i = 0; i < newSize; i++) {
      double centre = (i + 0.5) * scale;
      int low = Math.max((int) (centre - reach + 0.5), 0);
      int high = Math.min((int) (centre + reach + 0.5), size);
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

  /** For each new place the first old one that counts, and the weights from there. */
  private record Weights(int[] first, int[][] weights) {
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

  private static double sinc(double x) {
    return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  }
}
