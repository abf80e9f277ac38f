package io.darkroom.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;

/**
 * DoRA (Liu et al., arXiv 2402.09353): another change d gives the direction, and magnitudes m the
 * length of each row or column: W' = m * (W + d) / norm(W + d).
 *
 * @param direction the other change
 * @param tensors the layer's
 * @param magnitudes {@link Part#MAGNITUDE}, whose shape tells the axis, {@code [out, 1]} or {@code
 *     [1, in]}, and where a strength scales the whole change, W' - W, as in AUTOMATIC1111's web UI
 *     and ComfyUI; or {@link Part#PEFT_MAGNITUDE}, always of the rows, where a strength scales d
 *     alone, as in peft
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/extensions-builtin/Lora/network.py">the
 *     web UI, {@code apply_weight_decompose}</a>
 * @see <a
 *     href="https://github.com/huggingface/peft/blob/main/src/peft/tuners/lora/dora.py">peft</a>
 */
record MagnitudeDecomposition(LayerChange direction, LayerTensors tensors, Part magnitudes)
    implements LayerChange {
  /** That of float32 at 1, as LyCORIS has it: a row of zeros stays one. */
  private static final float EPSILON = Math.ulp(1f);

  @Override
  public long[] shape() {
    return direction.shape();
  }

  private int axis() {
    long[] shape = tensors.shape(magnitudes);
    boolean columns =
        magnitudes == Part.MAGNITUDE && shape.length > 1 && shape[0] == 1 && shape[1] != 1;
    return columns ? 1 : 0;
  }

  @Override
  public boolean fits(long[] weight) {
    return direction.fits(weight)
        && weight.length > 1
        && LayerChange.product(tensors.shape(magnitudes), 0) == weight[axis()];
  }

  @Override
  public NDArray delta(NDArray weight, double strength, NDManager manager) {
    boolean whole = magnitudes == Part.MAGNITUDE;
    NDArray sum = weight.add(direction.delta(weight, whole ? 1 : strength, manager));
    long[] each = new long[weight.getShape().dimension()];
    Arrays.fill(each, 1);
    each[axis()] = -1;
    NDArray squares = sum.square().reshape(weight.getShape().get(0), weight.getShape().get(1), -1);
    NDArray norms = squares.sum(axis() == 0 ? new int[] {1, 2} : new int[] {0, 2}).sqrt();
    NDArray lengths = tensors.load(magnitudes, manager).reshape(each);
    NDArray changed = sum.mul(lengths.div(norms.add(EPSILON).reshape(each)));
    NDArray difference = changed.sub(weight);
    return whole ? difference.mul((float) strength) : difference;
  }
}
