package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * (IA)^3 (Liu et al., arXiv 2205.05638), as LyCORIS stores it: to a weight W is added W times a
 * factor for each of its inputs, or for each of its outputs.
 *
 * @param tensors the layer's
 * @param axis of the weight that the factors belong to: 0 for the outputs, 1 for the inputs
 * @see <a
 *     href="https://github.com/KohakuBlueleaf/LyCORIS/blob/main/lycoris/modules/ia3.py">LyCORIS</a>
 */
record Rescaling(LayerTensors tensors, int axis) implements LayerChange {
  @Override
  public long[] shape() {
    long count = LayerChange.product(tensors.shape(Part.SCALING), 0);
    return axis == 0 ? new long[] {count} : new long[] {0, count};
  }

  @Override
  public boolean fits(long[] weight) {
    return weight.length > 1 && weight[axis] == LayerChange.product(tensors.shape(Part.SCALING), 0);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    long[] along = new long[weight.getShape().dimension()];
    java.util.Arrays.fill(along, 1);
    along[axis] = -1;
    NDArray factors = tensors.load(Part.SCALING, manager).reshape(along);
    return weight.mul(factors).mul((float) strength);
  }
}
