package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/** A weighted sum of arrays of one shape, which grows term by term. */
final class WeightedSum {
  private final NDArray sum;

  /**
   * Begins a sum.
   *
   * @param term float32
   * @param weight its weight
   */
  WeightedSum(NDArray term, double weight) {
    // A product of 0 is computed all the same: latents are finite.
    sum = term.mul((float) weight);
  }

  /**
   * Adds a term.
   *
   * @param term of the same shape
   * @param weight its weight
   * @return this
   */
  WeightedSum plus(NDArray term, double weight) {
    if (weight != 0) {
      try (NDArray scaled = term.mul((float) weight)) {
        sum.addi(scaled);
      }
    }
    return this;
  }

  /**
   * Ends the sum.
   *
   * @param manager who owns it
   * @return the sum
   */
  NDArray in(NDManager manager) {
    sum.attach(manager);
    return sum;
  }
}
