package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/** How an adapter changes one weight of a model, in one of the ways that there are. */
sealed interface LayerChange
    permits LowRankProduct,
        HadamardProduct,
        KroneckerProduct,
        WholeDifference,
        MagnitudeDecomposition,
        Rescaling,
        BlockRotation {

  /**
   * The shape of what is changed, as far as it is known without the weight.
   *
   * @return {@code [out, in]}, perhaps with a kernel's sides; for messages
   */
  long[] shape();

  /**
   * Tells whether a weight can be changed so. A 1x1 kernel and a matrix are the same.
   *
   * @param weight the weight's shape
   * @return whether it fits
   */
  boolean fits(long[] weight);

  /**
   * Computes what is added to a weight.
   *
   * @param weight the weight, float32
   * @param strength how strongly it is changed
   * @param manager owns the result and what is computed on the way
   * @return the difference, float32, of the weight's shape
   */
  NDArray delta(NDArray weight, double strength, NDManager manager);

  /** The product of a shape's dimensions from one of them on. */
  static long product(long[] shape, int from) {
    return Arrays.stream(shape).skip(from).reduce(1, (a, b) -> a * b);
  }

  /** Whether two shapes are the same but for a kernel of 1x1. */
  static boolean isSame(long[] one, long[] other) {
    return Arrays.equals(squeezed(one), squeezed(other));
  }

  private static long[] squeezed(long[] shape) {
    return product(shape, 2) == 1 ? Arrays.copyOf(shape, Math.min(2, shape.length)) : shape;
  }
}
