package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * Euler's method past the next level and back up by fresh noise, as diffusers' {@code
 * EulerAncestralDiscreteScheduler} and k-diffusion's {@code sample_euler_ancestral} run it:
 *
 * <pre>
 * up^2 = sigma'^2 (sigma^2 - sigma'^2) / sigma^2,   down^2 = sigma'^2 - up^2
 * x' = x + (down - sigma) (x - x0) / sigma + up z
 * </pre>
 *
 * <p>Noise is drawn at every step, the last included, where it has no weight.
 */
final class EulerAncestralSampler extends VarianceExplodingSampler {
  /**
   * Plans a run.
   *
   * @param config what the model says; diffusers' class reads no schedule of sigmas out of it
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  EulerAncestralSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.continuous(config, schedule, steps));
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    AncestralStep step = AncestralStep.between(sigma(i), levels().sigma(i + 1));
    LinearCombination slope = slope(sigma(i)).times(step.down() - sigma(i));
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum next = update.combination(new LinearCombination(1, 0).plus(slope));
    return update.compute(next.plus(update.drawn(noise), step.up()));
  }
}
