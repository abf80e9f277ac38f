package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * LoRA (Hu et al., arXiv 2106.09685): scale * up @ down; for a convolution the first matrix has its
 * kernel, or, as LoCon's Tucker form, a small kernel stands between the two matrices.
 *
 * @param tensors the layer's
 * @param scale alpha / rank
 * @param most how many ranks count, the first ones; empty for all
 */
record LowRankProduct(LayerTensors tensors, double scale, OptionalInt most) implements LayerChange {
  /** Checks that the matrices go together. */
  LowRankProduct {
    tensors.require(List.of(Part.DOWN, Part.UP));
    long[] up = tensors.shape(Part.UP);
    long[] down = tensors.shape(Part.DOWN);
    long[] mid = tensors.shape(Part.MID);
    if (up.length < 2 || down.length < 2 || LayerChange.product(up, 2) != 1) {
      throw tensors.damaged("are not the two matrices of a LoRA", Part.UP, Part.DOWN);
    }
    if (up[1] == 0 || down[0] == 0) {
      throw tensors.damaged("have the rank 0", Part.UP, Part.DOWN);
    }
    if (mid.length == 0 && up[1] != down[0]) {
      throw tensors.damaged("differ in rank", Part.UP, Part.DOWN);
    }
    if (mid.length > 0 && !fits(up[1], mid, down)) {
      throw tensors.damaged("do not fit the kernel between them", Part.UP, Part.DOWN);
    }
  }

  private static boolean fits(long rank, long[] mid, long[] down) {
    return mid.length == 4
        && mid[0] == rank
        && mid[1] == down[0]
        && LayerChange.product(down, 2) == 1;
  }

  @Override
  public long[] shape() {
    long[] down = tensors.shape(Part.DOWN);
    long[] mid = tensors.shape(Part.MID);
    long[] shape = mid.length > 0 ? new long[] {0, down[1], mid[2], mid[3]} : down.clone();
    shape[0] = tensors.shape(Part.UP)[0];
    return shape;
  }

  @Override
  public boolean fits(long[] weight) {
    return LayerChange.isSame(shape(), weight);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    NDArray up = tensors.load(Part.UP, manager);
    NDArray down = tensors.load(Part.DOWN, manager);
    long rank = down.getShape().get(0);
    NDArray left = up.reshape(up.getShape().get(0), up.getShape().get(1));
    NDArray right = down.reshape(rank, -1);
    NDArray product;
    if (tensors.has(Part.MID)) {
      product = throughKernel(left, tensors.load(Part.MID, manager), right);
    } else if (most.isPresent() && most.getAsInt() < rank) {
      String first = "0:" + most.getAsInt();
      product = left.get(":, " + first).matMul(right.get(first));
    } else {
      product = left.matMul(right);
    }
    return product.reshape(weight.getShape()).muli((float) (strength * scale));
  }

  /**
   * A product with a kernel between the matrices: the sum over p and q of up[o, p] kernel[p, q, h,
   * w] down[q, i].
   *
   * @param up {@code [out, p]}
   * @param kernel {@code [p, q, height, width]}
   * @param down {@code [q, in]}
   * @return {@code [out, in, height * width]}
   */
  static NDArray throughKernel(NDArray up, NDArray kernel, NDArray down) {
    Shape sides = kernel.getShape();
    long positions = sides.get(2) * sides.get(3);
    NDArray rows = up.matMul(kernel.reshape(sides.get(0), -1)); // [out, q * h * w]
    return rows.reshape(up.getShape().get(0), sides.get(1), positions)
        .transpose(0, 2, 1)
        .matMul(down) // [out, h * w, in]
        .transpose(0, 2, 1);
  }

  @Override
  public String toString() {
    return "LowRankProduct" + Arrays.toString(shape());
  }
}
