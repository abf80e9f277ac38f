package io.darkroom.weights;

/**
 * How the numbers of a tensor are stored in a file of weights, little-endian throughout.
 *
 * <p>The constants carry the names of the safetensors format, so that a message shows what a file
 * says.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the safetensors format</a>
 */
public enum StoredType {
  /** IEEE 754 double precision. */
  F64(8),
  /** IEEE 754 single precision. */
  F32(4),
  /** IEEE 754 half precision. */
  F16(2),
  /** The upper half of a single-precision number: 8 bits of exponent, 7 of mantissa. */
  BF16(2),
  /** Eight-bit float with 4 bits of exponent, without infinities, see {@link EightBitFloat}. */
  F8_E4M3(1),
  /** Eight-bit float with 5 bits of exponent: the upper half of a half. */
  F8_E5M2(1),
  /** Signed, 64 bits. */
  I64(8),
  /** Signed, 32 bits. */
  I32(4),
  /** Signed, 16 bits. */
  I16(2),
  /** Signed, 8 bits. */
  I8(1),
  /** Unsigned, 64 bits. */
  U64(8),
  /** Unsigned, 32 bits. */
  U32(4),
  /** Unsigned, 16 bits. */
  U16(2),
  /** Unsigned, 8 bits. */
  U8(1),
  /** One byte, 0 or 1. */
  BOOL(1),
  /**
   * Any type that is not known here. Nobody can compute with it, but a file may have tensors of it
   * that nobody needs. How wide its numbers are is not known: its bytes are counted.
   */
  OTHER(1);

  private final int bytes;

  StoredType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * The size of one number.
   *
   * @return bytes, 1 to 8
   */
  public int bytes() {
    return bytes;
  }

  /**
   * Finds a type by the name that a header uses.
   *
   * @param name such as {@code BF16}; the case counts
   * @return the type, {@link #OTHER} if none of that name is known
   */
  public static StoredType named(String name) {
    for (StoredType type : values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    return OTHER;
  }

  /**
   * Tells weights from positions and marks.
   *
   * @return whether it is a floating-point type
   */
  public boolean isFloating() {
    return switch (this) {
      case F64, F32, F16, BF16, F8_E4M3, F8_E5M2 -> true;
      default -> false;
    };
  }
}
