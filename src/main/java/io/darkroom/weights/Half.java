package io.darkroom.weights;

/** IEEE 754 half precision, which Java has no type for before version 20. */
final class Half {
  /** The largest finite half. */
  static final float LARGEST = 65504f;

  private Half() {}

  /**
   * Rounds to half precision, half to even.
   *
   * @param value any float; what lies beyond the largest half becomes infinite, a NaN stays one
   * @return the 16 bits
   */
  static short fromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 16 & 0x8000;
    int magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude < 0x38800000) { // below 2^-14: a subnormal half counts in steps of 2^-24
      return (short) (sign | (int) Math.rint(Math.abs(value) * 0x1p24));
    }
    // Adding just under half of the last kept bit, or half of it above an odd one, carries where
    // rounding goes up; the carry into the exponent is right as it stands.
    int rounded = (magnitude - 0x38000000 + 0xfff + (magnitude >>> 13 & 1)) >>> 13;
    return (short) (sign | Math.min(rounded, 0x7c00));
  }

  /**
   * Widens to single precision, exactly.
   *
   * @param half the 16 bits
   * @return the same number
   */
  static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >>> 10 & 0x1f;
    int mantissa = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | wide << 23 | mantissa << 13);
  }
}
