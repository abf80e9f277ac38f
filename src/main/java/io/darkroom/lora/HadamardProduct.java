package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/**
 * LoHa (Hyeon-Woo et al., arXiv 2108.06098): scale * (w1_a @ w1_b) * (w2_a @ w2_b), number by
 * number; a convolution's kernel is part of the second matrices' columns, or, in the Tucker form,
 * stands between the two, whose first then is {@code [rank, out]}.
 *
 * @param tensors the layer's
 * @param scale alpha / rank
 * @see <a
 *     href="https://github.com/KohakuBlueleaf/LyCORIS/blob/main/lycoris/functional/loha.py">LyCORIS</a>
 */
record HadamardProduct(LayerTensors tensors, double scale) implements LayerChange {
  /** All that a layer needs. */
  static final List<Part> MATRICES =
      List.of(Part.HADAMARD_1_A, Part.HADAMARD_1_B, Part.HADAMARD_2_A, Part.HADAMARD_2_B);

  private static final List<Part> KERNELS = List.of(Part.HADAMARD_1_KERNEL, Part.HADAMARD_2_KERNEL);

  /** Checks that the matrices go together. */
  HadamardProduct {
    tensors.require(MATRICES);
    if (tensors.hasAny(KERNELS)) {
      tensors.require(KERNELS);
    }
    checkHalf(tensors, Part.HADAMARD_1_A, Part.HADAMARD_1_B, Part.HADAMARD_1_KERNEL);
    checkHalf(tensors, Part.HADAMARD_2_A, Part.HADAMARD_2_B, Part.HADAMARD_2_KERNEL);
    long[] first = half(tensors, Part.HADAMARD_1_A, Part.HADAMARD_1_B, Part.HADAMARD_1_KERNEL);
    long[] second = half(tensors, Part.HADAMARD_2_A, Part.HADAMARD_2_B, Part.HADAMARD_2_KERNEL);
    if (!java.util.Arrays.equals(first, second)) {
      throw tensors.damaged("differ in size", Part.HADAMARD_1_A, Part.HADAMARD_2_A);
    }
  }

  private static void checkHalf(LayerTensors tensors, Part a, Part b, Part kernel) {
    long[] left = tensors.shape(a);
    long[] right = tensors.shape(b);
    long[] between = tensors.shape(kernel);
    if (left.length != 2 || right.length != 2) {
      throw tensors.damaged("are not the two matrices of a LoHa", a, b);
    }
    if (right[0] == 0) {
      throw tensors.damaged("have the rank 0", a, b);
    }
    boolean together =
        between.length == 0
            ? left[1] == right[0]
            : between.length == 4 && between[0] == left[0] && between[1] == right[0];
    if (!together) {
      throw tensors.damaged("differ in rank", a, b);
    }
  }

  private static long[] half(LayerTensors tensors, Part a, Part b, Part kernel) {
    long[] left = tensors.shape(a);
    long[] right = tensors.shape(b);
    long[] between = tensors.shape(kernel);
    return between.length == 0
        ? new long[] {left[0], right[1]}
        : new long[] {left[1], right[1], between[2], between[3]};
  }

  /** The inner size of its products. */
  static long rank(LayerTensors tensors) {
    long[] right = tensors.shape(Part.HADAMARD_1_B);
    return right.length == 0 ? 1 : Math.max(1, right[0]);
  }

  @Override
  public long[] shape() {
    return half(tensors, Part.HADAMARD_1_A, Part.HADAMARD_1_B, Part.HADAMARD_1_KERNEL);
  }

  @Override
  public boolean fits(long[] weight) {
    long[] shape = shape();
    return (weight.length > 1 && shape.length == 2)
        ? shape[0] == weight[0] && shape[1] == LayerChange.product(weight, 1)
        : LayerChange.isSame(shape, weight);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    NDArray first = half(Part.HADAMARD_1_A, Part.HADAMARD_1_B, Part.HADAMARD_1_KERNEL, manager);
    NDArray second = half(Part.HADAMARD_2_A, Part.HADAMARD_2_B, Part.HADAMARD_2_KERNEL, manager);
    return first.mul(second).reshape(weight.getShape()).mul((float) (strength * scale));
  }

  private NDArray half(Part a, Part b, Part kernel, NDManager manager) {
    NDArray left = tensors.load(a, manager);
    NDArray right = tensors.load(b, manager);
    return tensors.has(kernel)
        ? LowRankProduct.throughKernel(left.transpose(), tensors.load(kernel, manager), right)
        : left.matMul(right);
  }
}
