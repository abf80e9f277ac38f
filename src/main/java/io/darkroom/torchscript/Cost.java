package io.darkroom.torchscript;

/**
 * The cost of one instruction. A multiplication and the addition of its result count as two
 * operations.
 *
 * @param kind what it is
 * @param operations additions and multiplications; 0 where the kind is {@link Kind#OTHER}
 * @param bytes read and written
 */
public record Cost(Kind kind, long operations, long bytes) {
  /** What a part of the cost is made of. */
  public enum Kind {
    /** Convolutions with a kernel larger than a pixel. */
    CONVOLUTION,
    /** Linear layers, and convolutions of single pixels, which are the same. */
    MATRIX_PRODUCT,
    /** Scaled dot-product attention. */
    ATTENTION,
    /** All that is not a product: norms, sums, functions of each element, copies. */
    OTHER
  }
}
