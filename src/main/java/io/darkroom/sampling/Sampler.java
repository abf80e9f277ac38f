package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * One run of one sampler, from pure noise to clean latents. The caller drives it:
 *
 * <pre>{@code
 * latents = noise.next() * sampler.initialNoiseSigma()
 * for (int i = 0; i < sampler.evaluations(); i++) {
 *   prediction = model(latents * sampler.inputScale(i), sampler.timestep(i))
 *   latents = sampler.step(i, prediction, latents, noise)
 * }
 * }</pre>
 *
 * <p>A run may also begin later, at {@link #firstEvaluation}, with latents of the noise level that
 * belongs there: {@link #noised} tells how to mix them.
 *
 * <p>The caller may close the prediction and the old latents as soon as {@link #step} returns: a
 * sampler that remembers earlier ones keeps its own arrays, outside the caller's managers, and
 * frees them in {@link #close}. An instance serves one run, in one thread.
 */
public interface Sampler extends AutoCloseable {
  /**
   * How often the model is evaluated; not always the number of steps that was asked for.
   *
   * @return the evaluations of the whole run, 1 or more
   */
  int evaluations();

  /**
   * The time that the model is told at an evaluation.
   *
   * @param i the evaluation, from 0
   * @return the training timestep; may be a fraction. For EDM's models ln(sigma) / 4
   */
  double timestep(int i);

  /**
   * The noise level at an evaluation.
   *
   * @param i the evaluation, from 0
   * @return sigma of latents in the form x0 + sigma epsilon, above 0 and finite
   */
  double sigma(int i);

  /**
   * How latents before an evaluation are made of clean ones and noise: diffusers' {@code
   * add_noise}.
   *
   * @param i the evaluation, from 0; {@link #evaluations} for the end of the run, where nothing of
   *     the noise is left
   * @return the weights
   */
  default Noised noised(int i) {
    if (i == evaluations()) {
      return Noised.CLEAN;
    }
    double scale = scale(i);
    return new Noised(scale, scale * sigma(i));
  }

  /**
   * What the form x0 + sigma epsilon is multiplied by in this sampler's latents.
   *
   * @param i the evaluation, from 0
   * @return 1, or 1 / sqrt(sigma^2 + 1) where the latents keep the variance 1
   */
  double scale(int i);

  /**
   * How many evaluations a step takes.
   *
   * @return 1, or 2 for samplers of second order that look ahead
   */
  default int evaluationsPerStep() {
    return 1;
  }

  /**
   * Where a run begins that makes only the last steps, as diffusers' image to image does ({@code
   * get_timesteps}): of N steps the last floor(N strength).
   *
   * @param steps N, as the run was planned with
   * @param strength the share of the steps to make, above 0 to 1
   * @return the evaluation to begin with
   * @throws IllegalArgumentException if no step is left, or the run cannot begin there
   */
  default int firstEvaluation(int steps, double strength) {
    int made = Math.min((int) (steps * strength), steps);
    if (made < 1) {
      throw new IllegalArgumentException(
          "with a strength of %s, none of %d steps runs; use a higher strength or more steps"
              .formatted(strength, steps));
    }
    return firstOfLast(made, steps);
  }

  /**
   * Where a run begins that makes only its last steps.
   *
   * @param made how many steps are made, 1 to {@code steps}
   * @param steps as the run was planned with
   * @return the evaluation to begin with
   * @throws IllegalArgumentException if the run cannot begin there
   */
  default int firstOfLast(int made, int steps) {
    int first = (steps - made) * evaluationsPerStep();
    requireStart(first);
    return first;
  }

  /**
   * Checks that a run can begin with an evaluation.
   *
   * @param evaluation the first of a step
   * @throws IllegalArgumentException if it cannot
   */
  default void requireStart(int evaluation) {}

  /**
   * The clean image x0 that the prediction of an evaluation implies, for those who look on. Where a
   * model predicts the noise, and nothing but noise is left, there is none.
   *
   * @param i the evaluation, from 0
   * @return x0 as a combination of what {@link #step} takes as latents and prediction
   */
  LinearCombination clean(int i);

  /**
   * The standard deviation of the latents that the run starts from.
   *
   * @return what to multiply unit noise by: 1 where the latents keep the variance 1
   */
  default double initialNoiseSigma() {
    return 1;
  }

  /**
   * What to multiply the latents by before the model sees them.
   *
   * @param i the evaluation, from 0
   * @return the factor: 1 where the latents keep the variance 1
   */
  default double inputScale(int i) {
    return 1;
  }

  /**
   * Moves the latents on by one evaluation. To be called for i = 0, 1, ... in this order, or from
   * {@link #firstEvaluation} on.
   *
   * @param i the evaluation, from 0
   * @param prediction the model's output, guidance applied: float32 [batch, channels, height,
   *     width]
   * @param latents what the previous call returned (at first, the initial latents), unscaled, of
   *     the same shape and on the same device
   * @param noise the run's further draws; asked only where the sampler is stochastic
   * @return the new latents, a new array in the manager of {@code latents}
   */
  NDArray step(int i, NDArray prediction, NDArray latents, Noise noise);

  /** Frees what the sampler remembers of the run; most remember nothing. */
  @Override
  default void close() {}
}
