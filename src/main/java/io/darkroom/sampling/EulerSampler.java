package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * Euler's method (Karras et al., arXiv 2206.00364, algorithm 1 without its correction), as
 * diffusers' {@code EulerDiscreteScheduler} runs it:
 *
 * <pre>
 * x' = x + (sigma' - sigma) (x - x0) / sigma
 * </pre>
 */
final class EulerSampler extends VarianceExplodingSampler {
  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  EulerSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.continuous(config, schedule.or(config), steps));
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    double distance = levels().sigma(i + 1) - sigma(i);
    return new LinearCombination(1, 0)
        .plus(slope(sigma(i)).times(distance))
        .of(latents, prediction);
  }
}
