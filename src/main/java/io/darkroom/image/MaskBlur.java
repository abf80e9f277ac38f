package io.darkroom.image;

/**
 * Softens the edge of a mask: a Gauss function of the distance, with the border repeated. Rows and
 * columns are blurred one after the other.
 */
final class MaskBlur {
  /** Beyond so many deviations a weight rounds to nothing. */
  private static final int DEVIATIONS = 3;

  private MaskBlur() {}

  /**
   * Blurs a mask.
   *
   * @param mask any mask
   * @param deviation the Gauss function's standard deviation in pixels, 0 or more
   * @return a mask of the same size; the same one for 0
   */
  static GreyImage apply(GreyImage mask, double deviation) {
    if (deviation == 0) {
      return mask;
    }
    double[] weights = new double[DEVIATIONS * (int) Math.ceil(deviation) + 1];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp(-0.5 * i * i / (deviation * deviation));
      sum += i == 0 ? weights[i] : 2 * weights[i];
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] /= sum;
    }
    int width = mask.width();
    int height = mask.height();
    float[] grey = new float[width * height];
    for (int i = 0; i < grey.length; i++) {
      grey[i] = mask.values()[i] & 0xFF;
    }
    float[] rows = blurred(grey, weights, height, width, width, 1);
    float[] both = blurred(rows, weights, width, height, 1, width);
    byte[] values = new byte[both.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) Math.round(Math.max(0, Math.min(255, both[i])));
    }
    return new GreyImage(width, height, values);
  }

  /** Blurs lines of a length, whose places lie a stride apart. */
  private static float[] blurred(
      float[] from, double[] weights, int lines, int length, int lineStride, int stride) {
    float[] to = new float[from.length];
    for (int line = 0; line < lines; line++) {
      int start = line * lineStride;
      if (isUniform(from, start, length, stride)) {
        for (int place = 0; place < length; place++) {
          to[start + place * stride] = from[start];
        }
        continue;
      }
      for (int place = 0; place < length; place++) {
        double sum = weights[0] * from[start + place * stride];
        for (int i = 1; i < weights.length; i++) {
          int before = Math.max(0, place - i);
          int behind = Math.min(length - 1, place + i);
          sum += weights[i] * (from[start + before * stride] + from[start + behind * stride]);
        }
        to[start + place * stride] = (float) sum;
      }
    }
    return to;
  }

  private static boolean isUniform(float[] values, int start, int length, int stride) {
    for (int place = 1; place < length; place++) {
      if (values[start + place * stride] != values[start]) {
        return false;
      }
    }
    return true;
  }
}
