package io.darkroom.torchscript;

/**
 * A way to compute scaled dot-product attention.
 *
 * <p>In blocks, the scores of a block are made by one matrix product, softmax follows, and another
 * product gives the block's result. A block's scores are to stay in the processor's cache. Their
 * memory is the block's, however large the picture.
 *
 * @param queries how many queries of a head are in a block; 0 if libtorch's own function computes
 *     all at once
 * @param heads how many heads are in a block
 * @param width to which queries, keys and values are filled up with zeros, which change nothing; 0
 *     if they stay as they are
 */
public record AttentionForm(int queries, int heads, int width) {
  /** libtorch's own {@code scaled_dot_product_attention}. */
  public static final AttentionForm WHOLE = new AttentionForm(0, 0, 0);

  /** Such as {@code blocks of 128 queries, 2 heads}. */
  @Override
  public String toString() {
    if (queries == 0) {
      return "whole";
    }
    String blocks = "blocks of " + queries + " queries, " + heads + " heads";
    return width == 0 ? blocks : blocks + " of " + width;
  }
}
