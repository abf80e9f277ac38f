package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * Heun's method of second order (Karras et al., arXiv 2206.00364, algorithm 1), as diffusers'
 * {@code HeunDiscreteScheduler} runs it: Euler's step, a look at where it leads, and the step again
 * with the mean of both slopes. The last step, to the clean image, stays Euler's, so N steps take 2
 * N - 1 evaluations: those with an even number begin a step, the others correct it.
 */
final class HeunSampler extends VarianceExplodingSampler {
  /** The latents and the slope at the beginning of the step, in this order of age. */
  private final History begun = new History(2);

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  HeunSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.continuous(config, schedule.or(config), steps));
  }

  @Override
  public int evaluations() {
    return 2 * levels().steps() - 1;
  }

  @Override
  public int evaluationsPerStep() {
    return 2;
  }

  @Override
  public double timestep(int i) {
    return levels().timestep((i + 1) / 2);
  }

  @Override
  public double sigma(int i) {
    return levels().sigma((i + 1) / 2);
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    double from = levels().sigma(i / 2);
    double distance = levels().sigma(i / 2 + 1) - from;
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum slope = update.combination(slope(sigma(i)));
    if (i % 2 == 0) {
      FusedUpdate.Sum start = update.sum().plus(update.latents(), 1);
      FusedUpdate.Sum next = update.sum().plus(start, 1).plus(slope, distance);
      NDArray[] results = update.compute(slope, start, next);
      begun.push(results[0]);
      begun.push(results[1]);
      return results[2];
    }
    return update.compute(
        update
            .sum()
            .plus(update.given(begun.get(0)), 1)
            .plus(update.given(begun.get(1)), distance / 2)
            .plus(slope, distance / 2));
  }

  @Override
  public void close() {
    begun.close();
  }
}
