package io.darkroom.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;

/**
 * Where a weight is found in a file that has other names, and sometimes other shapes, for it.
 *
 * @param name its stored name
 * @param form what is to be done with the stored tensor
 */
public record StoredWeight(String name, Form form) {
  /** Where a convolution has its kernel's height and width. */
  private static final int[] KERNEL = {2, 3};

  /** How a stored tensor becomes the weight. */
  public enum Form {
    /** As it is. */
    WHOLE,
    /** A 1x1 convolution {@code [out, in, 1, 1]} that is a matrix {@code [out, in]}. */
    MATRIX,
    /** A matrix with rows and columns changed about. */
    TRANSPOSED,
    /** The first third of the rows: the queries of a fused projection. */
    QUERIES,
    /** The second third of the rows: the keys. */
    KEYS,
    /** The last third of the rows: the values. */
    VALUES
  }

  /**
   * A weight that is stored as it is.
   *
   * @param name its stored name
   * @return the weight
   */
  public static StoredWeight whole(String name) {
    return new StoredWeight(name, Form.WHOLE);
  }

  /**
   * The weight's shape.
   *
   * @param stored the stored tensor's shape
   * @return the shape of what {@link #take} gives; a shape that does not suit stays as it is, to be
   *     found wrong where it is used
   */
  public long[] shape(long[] stored) {
    return switch (form) {
      case WHOLE -> stored.clone();
      case MATRIX ->
          stored.length == 4 && stored[2] == 1 && stored[3] == 1
              ? Arrays.copyOf(stored, 2)
              : stored.clone();
      case TRANSPOSED -> stored.length == 2 ? new long[] {stored[1], stored[0]} : stored.clone();
      case QUERIES, KEYS, VALUES -> {
        long[] shape = stored.clone();
        if (shape.length > 0 && shape[0] % 3 == 0) {
          shape[0] /= 3;
        }
        yield shape;
      }
    };
  }

  /**
   * Makes the weight.
   *
   * @param stored the stored tensor, with a shape that suits; if it is bytes, their dimension is
   *     last
   * @return the weight, of the same manager
   */
  public NDArray take(NDArray stored) {
    return switch (form) {
      case WHOLE -> stored;
      case MATRIX -> stored.getShape().dimension() < 4 ? stored : stored.squeeze(KERNEL);
      case TRANSPOSED -> stored.swapAxes(0, 1);
      case QUERIES -> third(stored, 0);
      case KEYS -> third(stored, 1);
      case VALUES -> third(stored, 2);
    };
  }

  private static NDArray third(NDArray stored, int number) {
    long rows = stored.getShape().get(0) / 3;
    return stored.get(new NDIndex(number * rows + ":" + (number + 1) * rows));
  }
}
