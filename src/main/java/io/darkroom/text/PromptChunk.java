package io.darkroom.text;

import java.util.Arrays;

/**
 * As much of a prompt as the text encoder takes at once.
 *
 * @param ids token numbers, as many as the tokenizer's maximal length: the beginning, the tokens,
 *     the end, then padding; a number beyond the vocabulary is a row of an {@link EmbeddingTable}
 * @param weights how much each of them counts; 1 for beginning, end and padding
 */
public record PromptChunk(long[] ids, float[] weights) {
  /** Keeps the numbers from being changed. */
  public PromptChunk {
    ids = ids.clone();
    weights = weights.clone();
    if (ids.length != weights.length) {
      throw new IllegalArgumentException(ids.length + " tokens, " + weights.length + " weights");
    }
  }

  /**
   * A chunk in which all counts alike.
   *
   * @param ids the token numbers
   * @return the chunk
   */
  static PromptChunk unweighted(long[] ids) {
    float[] weights = new float[ids.length];
    Arrays.fill(weights, 1);
    return new PromptChunk(ids, weights);
  }

  /**
   * The token numbers.
   *
   * @return a copy of them
   */
  @Override
  public long[] ids() {
    return ids.clone();
  }

  /**
   * The weights.
   *
   * @return a copy of them
   */
  @Override
  public float[] weights() {
    return weights.clone();
  }

  /**
   * Tells whether anything is emphasized.
   *
   * @return whether a weight is not 1
   */
  public boolean isWeighted() {
    for (float weight : weights) {
      if (weight != 1) {
        return true;
      }
    }
    return false;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptChunk that
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(weights, that.weights);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.hashCode(weights);
  }

  @Override
  public String toString() {
    return "PromptChunk[ids=%s, weights=%s]"
        .formatted(Arrays.toString(ids), Arrays.toString(weights));
  }
}
