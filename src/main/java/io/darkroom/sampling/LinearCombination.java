package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * A tensor that is a weighted sum of the current latents and the model's prediction. Formulas are
 * worked out on the weights, in double precision on the host; the tensors are touched once.
 *
 * @param latents the weight of the latents
 * @param prediction the weight of the prediction
 */
public record LinearCombination(double latents, double prediction) {
  /**
   * This combination, scaled.
   *
   * @param factor what to multiply by
   * @return the product
   */
  public LinearCombination times(double factor) {
    return new LinearCombination(latents * factor, prediction * factor);
  }

  /**
   * The sum of two blends.
   *
   * @param other the other one
   * @return the sum
   */
  public LinearCombination plus(LinearCombination other) {
    return new LinearCombination(latents + other.latents, prediction + other.prediction);
  }

  /**
   * Computes the tensor.
   *
   * @param latentsArray the latents, float32 [batch, channels, height, width]
   * @param predictionArray the model's output, of the same shape and type
   * @return a new array of the same shape, in the latents' manager
   */
  public NDArray of(NDArray latentsArray, NDArray predictionArray) {
    FusedUpdate update = new FusedUpdate(latentsArray, predictionArray);
    return update.compute(update.combination(this));
  }
}
