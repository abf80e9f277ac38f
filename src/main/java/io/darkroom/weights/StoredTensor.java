package io.darkroom.weights;

import java.util.List;

/**
 * Where and how one tensor lies in a file of weights. The header that it was read from has been
 * checked: the bytes are within the file and as many as type and shape need.
 *
 * @param name the tensor's path in the checkpoint, such as {@code
 *     down_blocks.0.resnets.1.conv1.weight}
 * @param type how its numbers are stored
 * @param shape its dimensions, outermost first; empty for a single number
 * @param offset the first byte, counted from the beginning of the file
 * @param length bytes
 */
public record StoredTensor(
    String name, StoredType type, List<Long> shape, long offset, long length) {

  /** Keeps the shape from being changed. */
  public StoredTensor {
    shape = List.copyOf(shape);
  }

  /**
   * How many numbers it holds.
   *
   * @return the product of the shape
   */
  public long count() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * The shape as DJL and plain arithmetic want it.
   *
   * @return a new array of the dimensions, outermost first
   */
  public long[] dimensions() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }
}
