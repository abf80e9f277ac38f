package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * A difference that is stored as it is: of a weight, of a bias, of a norm's weights.
 *
 * @param tensors the layer's
 * @param part which of them
 * @param scale by which it is multiplied
 */
record WholeDifference(LayerTensors tensors, Part part, double scale) implements LayerChange {
  @Override
  public long[] shape() {
    return tensors.shape(part);
  }

  @Override
  public boolean fits(long[] weight) {
    return LayerChange.isSame(shape(), weight);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    return tensors.load(part, manager).reshape(weight.getShape()).mul((float) (strength * scale));
  }
}
