package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * A tensor that is a weighted sum of the current latents and the model's prediction. Formulas are
 * worked out on the weights, in double precision on the host; the tensors are touched once.
 *
 * @param latents the weight of the latents
 * @param prediction the weight of the prediction
 */
public record Blend(double latents, double prediction) {
  /**
   * This blend, scaled.
   *
   * @param factor what to multiply by
   * @return the product
   */
  public Blend times(double factor) {
    return new Blend(latents * factor, prediction * factor);
  }

  /**
   * The sum of two blends.
   *
   * @param other the other one
   * @return the sum
   */
  public Blend plus(Blend other) {
    return new Blend(latents + other.latents, prediction + other.prediction);
  }

  /**
   * Computes the tensor.
   *
   * @param latentsArray the latents, float32 [batch, channels, height, width]
   * @param predictionArray the model's output, of the same shape and type
   * @return a new array of the same shape, in the latents' manager
   */
  public NDArray of(NDArray latentsArray, NDArray predictionArray) {
    Formula formula = new Formula(latentsArray, predictionArray);
    return formula.compute(formula.blend(this));
  }
}
