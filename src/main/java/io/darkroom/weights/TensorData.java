package io.darkroom.weights;

import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor that is to be written. Its numbers are fetched when their turn comes, so that not all
 * tensors of a file need be in memory at once.
 *
 * @param shape its dimensions, outermost first; empty for a single number
 * @param values gives the numbers in row-major order, as many as the shape says; asked once a file
 */
public record TensorData(List<Long> shape, Supplier<float[]> values) {

  /** Keeps the shape from being changed and checks it. */
  public TensorData {
    shape = List.copyOf(shape);
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException("a tensor cannot have shape " + shape);
      }
    }
  }

  /**
   * A tensor whose numbers are there already.
   *
   * @param values the numbers in row-major order; not copied
   * @param shape the dimensions, outermost first
   * @return the tensor
   */
  public static TensorData of(float[] values, long... shape) {
    return new TensorData(Arrays.stream(shape).boxed().toList(), () -> values);
  }

  /**
   * How many numbers it holds.
   *
   * @return the product of the shape
   * @throws ArithmeticException if that is beyond 64 bits
   */
  public long count() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }
}
