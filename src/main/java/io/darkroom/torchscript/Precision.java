package io.darkroom.torchscript;

/**
 * In which number formats a network keeps its weights and does its arithmetic.
 *
 * @param storage the format of the weights in memory
 * @param compute the format of the arithmetic; weights in another format are widened where they are
 *     used
 */
public record Precision(Format storage, Format compute) {
  /** float32 throughout. */
  public static final Precision FLOAT32 = new Precision(Format.FLOAT32, Format.FLOAT32);

  /** A number format, with the code that TorchScript's {@code torch.to} knows it by. */
  public enum Format {
    /** IEEE half precision. */
    FLOAT16(5),
    /** IEEE single precision. */
    FLOAT32(6),
    /** bfloat16: the upper half of a float32. */
    BFLOAT16(15);

    private final int scalarType;

    Format(int scalarType) {
      this.scalarType = scalarType;
    }

    /**
     * The format's number in PyTorch's {@code c10/core/ScalarType.h}.
     *
     * @return the number
     */
    public int scalarType() {
      return scalarType;
    }

    /**
     * How much memory a number takes.
     *
     * @return 2 or 4
     */
    public int bytes() {
      return this == FLOAT32 ? 4 : 2;
    }
  }

  /**
   * Weights and arithmetic in one format.
   *
   * @param format the format
   * @return the precision
   */
  public static Precision of(Format format) {
    return new Precision(format, format);
  }

  /**
   * Whether a weight must be widened each time it is used.
   *
   * @return true if weights are kept in another format than the arithmetic's
   */
  boolean widensAtUse() {
    return storage != compute;
  }
}
