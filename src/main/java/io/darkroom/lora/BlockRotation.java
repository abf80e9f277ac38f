package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/**
 * OFT (Qiu et al., arXiv 2306.07280): a weight's rows are turned in blocks of n. Of each block B
 * comes Q = B - B^T and, by Cayley, the rotation R = (I + Q) (I - Q)^-1; block k of the new weight
 * is R[k]^T W[k].
 *
 * @param tensors the layer's
 * @param constraint the most that the norm of all Q together may be, in units of the weight's
 *     outputs; 0 for no bound
 * @see <a
 *     href="https://github.com/KohakuBlueleaf/LyCORIS/blob/main/lycoris/modules/diag_oft.py">LyCORIS</a>
 */
record BlockRotation(LayerTensors tensors, double constraint) implements LayerChange {
  private static final float EPSILON = 1e-8f;

  /** Checks the blocks. */
  BlockRotation {
    long[] blocks = tensors.shape(Part.ROTATION);
    if (blocks.length != 3 || blocks[1] != blocks[2] || blocks[0] == 0 || blocks[1] == 0) {
      throw tensors.damaged("are not square blocks", Part.ROTATION);
    }
  }

  @Override
  public long[] shape() {
    long[] blocks = tensors.shape(Part.ROTATION);
    return new long[] {blocks[0] * blocks[1]};
  }

  @Override
  public boolean fits(long[] weight) {
    boolean rescales = tensors.has(Part.ROTATION_RESCALE);
    return weight.length > 1
        && weight[0] == shape()[0]
        && (!rescales || LayerChange.product(tensors.shape(Part.ROTATION_RESCALE), 0) == weight[0]);
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    long[] sides = tensors.shape(Part.ROTATION);
    NDArray blocks = tensors.load(Part.ROTATION, manager);
    NDArray skew = blocks.sub(blocks.transpose(0, 2, 1));
    if (constraint > 0) {
      float norm = (float) Math.sqrt(skew.square().sum().getFloat());
      float most = (float) (constraint * weight.getShape().get(0));
      skew = skew.mul((Math.min(norm, most) + EPSILON) / (norm + EPSILON));
    }
    NDArray identity = manager.eye((int) sides[1]).expandDims(0);
    NDArray rotation = identity.add(skew).matMul(identity.sub(skew).inverse());
    NDArray rows = weight.reshape(sides[0], sides[1], -1);
    NDArray turned = rotation.transpose(0, 2, 1).matMul(rows).reshape(weight.getShape());
    if (tensors.has(Part.ROTATION_RESCALE)) {
      long[] each = new long[weight.getShape().dimension()];
      Arrays.fill(each, 1);
      each[0] = -1;
      turned = turned.mul(tensors.load(Part.ROTATION_RESCALE, manager).reshape(each));
    }
    return turned.sub(weight).mul((float) strength);
  }
}
