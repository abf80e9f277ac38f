package io.darkroom.torchscript;

/**
 * The sizes on which the speed of scaled dot-product attention depends.
 *
 * @param heads of all pictures together
 * @param queries how many positions look
 * @param keys how many positions they look at
 * @param width of a head
 */
public record AttentionShape(long heads, long queries, long keys, long width) {
  /**
   * The arithmetic: queries by keys, and what comes of it by values.
   *
   * @return additions and multiplications; the softmax is not counted
   */
  public long operations() {
    return 4 * heads * queries * keys * width;
  }

  /** Such as {@code 16 x 4096 x 4096 x 40}. */
  @Override
  public String toString() {
    return heads + " x " + queries + " x " + keys + " x " + width;
  }
}
