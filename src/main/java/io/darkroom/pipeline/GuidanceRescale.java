package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;

/**
 * Classifier-free guidance without its overexposure (Lin et al., arXiv 2305.08891, section 3.4): a
 * picture's guided prediction is brought back to the standard deviation of the prompt's own, wholly
 * or in part.
 *
 * <pre>
 * g = u + w (p - u),   result = phi g std(p) / std(g) + (1 - phi) g
 * </pre>
 */
final class GuidanceRescale {
  private static final int[] ROW = {1};

  private GuidanceRescale() {}

  /**
   * Mixes two predictions.
   *
   * @param unconditional u, float32 [batch, channels, height, width]
   * @param conditional p, of the same shape
   * @param guidance w
   * @param share phi, 0 to 1
   * @return the result, a new array of the same shape; it and what it was made of are in the
   *     manager of the predictions
   */
  static NDArray of(NDArray unconditional, NDArray conditional, double guidance, double share) {
    NDArray guided = unconditional.add(conditional.sub(unconditional).mul((float) guidance));
    NDArray ratio = deviation(conditional).div(deviation(guided));
    return guided.mul(ratio.mul((float) share).add((float) (1 - share)));
  }

  /** The root of each picture's mean square: [batch, 1, 1, 1]. A common factor does not matter. */
  private static NDArray deviation(NDArray prediction) {
    NDArray rows = prediction.reshape(prediction.size(0), -1);
    NDArray centred = rows.sub(rows.mean(ROW, true));
    return centred.square().mean(ROW, true).sqrt().reshape(-1, 1, 1, 1);
  }
}
