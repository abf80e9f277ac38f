package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * LoKr (Yeh et al., arXiv 2309.14859): scale * kron(w1, w2). Each factor is whole or a product; a
 * convolution's kernel belongs to the second, as its own dimensions, in the columns of the
 * product's second matrix, or between the two matrices, whose first then is {@code [rank, out]}.
 *
 * @param tensors the layer's
 * @param scale alpha / rank; 1 where both factors are whole
 * @see <a
 *     href="https://github.com/KohakuBlueleaf/LyCORIS/blob/main/lycoris/functional/lokr.py">LyCORIS</a>
 */
record KroneckerProduct(LayerTensors tensors, double scale) implements LayerChange {
  /** Some of which a layer has. */
  static final List<Part> FACTORS =
      List.of(
          Part.KRONECKER_1,
          Part.KRONECKER_1_A,
          Part.KRONECKER_1_B,
          Part.KRONECKER_2,
          Part.KRONECKER_2_A,
          Part.KRONECKER_2_B,
          Part.KRONECKER_2_KERNEL);

  /** Checks that the factors are there, each in one form. */
  KroneckerProduct {
    if (!tensors.has(Part.KRONECKER_1)) {
      tensors.require(List.of(Part.KRONECKER_1_A, Part.KRONECKER_1_B));
      requireProduct(tensors, Part.KRONECKER_1_A, Part.KRONECKER_1_B, 1);
    }
    if (!tensors.has(Part.KRONECKER_2)) {
      tensors.require(List.of(Part.KRONECKER_2_A, Part.KRONECKER_2_B));
      requireProduct(
          tensors,
          Part.KRONECKER_2_A,
          Part.KRONECKER_2_B,
          tensors.has(Part.KRONECKER_2_KERNEL) ? 0 : 1);
    }
    long[] kernel = tensors.shape(Part.KRONECKER_2_KERNEL);
    if (tensors.has(Part.KRONECKER_2_KERNEL)
        && (kernel.length != 4
            || tensors.has(Part.KRONECKER_2)
            || kernel[0] != tensors.shape(Part.KRONECKER_2_A)[0]
            || kernel[1] != tensors.shape(Part.KRONECKER_2_B)[0])) {
      throw tensors.damaged("do not fit together", Part.KRONECKER_2_A, Part.KRONECKER_2_KERNEL);
    }
    if (first(tensors).length != 2 || LayerChange.product(first(tensors), 0) == 0) {
      throw tensors.damaged("are not a factor of a LoKr", Part.KRONECKER_1, Part.KRONECKER_1_A);
    }
    if (second(tensors).length < 2 || LayerChange.product(second(tensors), 0) == 0) {
      throw tensors.damaged("are not a factor of a LoKr", Part.KRONECKER_2, Part.KRONECKER_2_A);
    }
  }

  private static void requireProduct(LayerTensors tensors, Part a, Part b, int inner) {
    long[] left = tensors.shape(a);
    long[] right = tensors.shape(b);
    if (left.length != 2 || right.length < 2) {
      throw tensors.damaged("are not the two matrices of a LoKr", a, b);
    }
    if (right[0] == 0) {
      throw tensors.damaged("have the rank 0", a, b);
    }
    if (inner == 1 && left[1] != right[0]) {
      throw tensors.damaged("differ in rank", a, b);
    }
  }

  /**
   * The inner size of the factors that are products.
   *
   * @param tensors the layer's
   * @return their rank; 0 if both factors are whole, so that no alpha counts
   */
  static long rank(LayerTensors tensors) {
    if (tensors.has(Part.KRONECKER_2_B) && tensors.shape(Part.KRONECKER_2_B).length > 0) {
      return tensors.has(Part.KRONECKER_2_KERNEL) && tensors.shape(Part.KRONECKER_2_A).length > 0
          ? tensors.shape(Part.KRONECKER_2_A)[0]
          : tensors.shape(Part.KRONECKER_2_B)[0];
    }
    return tensors.shape(Part.KRONECKER_1_B).length == 0 ? 0 : tensors.shape(Part.KRONECKER_1_B)[0];
  }

  private static long[] first(LayerTensors tensors) {
    return tensors.has(Part.KRONECKER_1)
        ? tensors.shape(Part.KRONECKER_1)
        : new long[] {
          tensors.shape(Part.KRONECKER_1_A)[0],
          LayerChange.product(tensors.shape(Part.KRONECKER_1_B), 1)
        };
  }

  private static long[] second(LayerTensors tensors) {
    if (tensors.has(Part.KRONECKER_2)) {
      return tensors.shape(Part.KRONECKER_2);
    }
    long[] left = tensors.shape(Part.KRONECKER_2_A);
    long columns = LayerChange.product(tensors.shape(Part.KRONECKER_2_B), 1);
    if (tensors.has(Part.KRONECKER_2_KERNEL)) {
      long[] kernel = tensors.shape(Part.KRONECKER_2_KERNEL);
      return new long[] {left[1], columns, kernel[2], kernel[3]};
    }
    return new long[] {left[0], columns};
  }

  @Override
  public long[] shape() {
    long[] first = first(tensors);
    long[] shape = second(tensors).clone();
    shape[0] *= first[0];
    shape[1] *= first[1];
    return shape;
  }

  @Override
  public boolean fits(long[] weight) {
    long[] shape = shape();
    long inner = first(tensors)[1];
    return (weight.length > 1 && shape.length == 2)
        ? shape[0] == weight[0]
            && shape[1] == LayerChange.product(weight, 1)
            && weight[1] % inner == 0
        : LayerChange.isSame(shape, weight);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    long[] first = first(tensors);
    NDArray left =
        tensors.has(Part.KRONECKER_1)
            ? tensors.load(Part.KRONECKER_1, manager)
            : tensors
                .load(Part.KRONECKER_1_A, manager)
                .matMul(tensors.load(Part.KRONECKER_1_B, manager).reshape(-1, first[1]));
    Shape shape = weight.getShape();
    long kernel = LayerChange.product(shape.getShape(), 2);
    // kron(w1, w2)[a * o2 + b, c * i2 + d, k] = w1[a, c] w2[b, d, k]
    NDArray spread = left.reshape(first[0], 1, first[1], 1, 1);
    NDArray right =
        secondFactor(manager)
            .reshape(1, shape.get(0) / first[0], 1, shape.get(1) / first[1], kernel);
    return spread.mul(right).reshape(shape).mul((float) (strength * scale));
  }

  private NDArray secondFactor(NDManager manager) {
    if (tensors.has(Part.KRONECKER_2)) {
      return tensors.load(Part.KRONECKER_2, manager);
    }
    NDArray left = tensors.load(Part.KRONECKER_2_A, manager);
    NDArray right = tensors.load(Part.KRONECKER_2_B, manager);
    right = right.reshape(right.getShape().get(0), -1);
    return tensors.has(Part.KRONECKER_2_KERNEL)
        ? LowRankProduct.throughKernel(
            left.transpose(), tensors.load(Part.KRONECKER_2_KERNEL, manager), right)
        : left.matMul(right);
  }
}
