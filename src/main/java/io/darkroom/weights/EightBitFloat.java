package io.darkroom.weights;

/**
 * Floating-point numbers of eight bits. Every one of them is a half, too, so a table of 256 halves
 * tells all of a format.
 *
 * @see <a href="https://arxiv.org/abs/2209.05433">Micikevicius et al., FP8 Formats for Deep
 *     Learning, table 1</a>
 */
final class EightBitFloat {
  private static final int CODES = 256;
  private static final short[] E4M3 = new short[CODES];
  private static final short[] E5M2 = new short[CODES];

  static {
    for (int code = 0; code < CODES; code++) {
      E4M3[code] = Half.fromFloat(e4m3(code));
      E5M2[code] = (short) (code << Byte.SIZE);
    }
  }

  private EightBitFloat() {}

  /** A bias of 7; no infinities, and of all exponents' ones one pattern alone is no number. */
  private static float e4m3(int code) {
    int exponent = code >> 3 & 0xf;
    int mantissa = code & 0x7;
    float magnitude;
    if (exponent == 0xf && mantissa == 0x7) {
      magnitude = Float.NaN;
    } else if (exponent == 0) {
      magnitude = mantissa * 0x1p-9f;
    } else {
      magnitude = Math.scalb(8f + mantissa, exponent - 10);
    }
    return code < CODES / 2 ? magnitude : -magnitude;
  }

  /**
   * Tells the types of this kind.
   *
   * @param type any type
   * @return whether its numbers are floats of eight bits
   */
  static boolean isOne(StoredType type) {
    return type == StoredType.F8_E4M3 || type == StoredType.F8_E5M2;
  }

  /**
   * The numbers of a format.
   *
   * @param type {@link StoredType#F8_E4M3} or {@link StoredType#F8_E5M2}
   * @return the bits of the same number as a half, by its eight bits; not to be written into
   */
  static short[] halves(StoredType type) {
    return type == StoredType.F8_E4M3 ? E4M3 : E5M2;
  }
}
