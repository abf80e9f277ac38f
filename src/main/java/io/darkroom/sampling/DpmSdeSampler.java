package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * DPM-Solver++ for the stochastic differential equation (Lu et al., arXiv 2211.01095), single-step
 * and of second order with its midpoint halfway in lambda = -ln sigma, as k-diffusion's {@code
 * sample_dpmpp_sde} and diffusers' {@code DPMSolverSDEScheduler} run it. Both halves of a step are
 * ancestral; with (down, up) as in {@link AncestralStep}:
 *
 * <pre>
 * u  = (down_m / sigma) x + (1 - down_m / sigma) x0(x, sigma)    + up_m z_m
 * x' = (down' / sigma) x  + (1 - down' / sigma) x0(u, sigma_m)   + up' z'
 * </pre>
 *
 * <p>As there, z_m and z' belong to one Brownian motion over sigma: z' continues z_m. The reference
 * draws it from a tree; here it comes from the picture's own generator, two draws a step. The last
 * step, to the clean image, is Euler's and draws nothing, so N steps take 2 N - 1 evaluations:
 * those with an even number begin a step, the others end it.
 */
final class DpmSdeSampler extends VarianceExplodingSampler {
  /** The latents at the beginning of the step, and its first draw before them. */
  private final History begun = new History(2);

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  DpmSdeSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.continuous(config, schedule.or(config), steps));
  }

  @Override
  public int evaluations() {
    return 2 * levels().steps() - 1 + (endsClean() ? 0 : 1);
  }

  @Override
  public int evaluationsPerStep() {
    return 2;
  }

  @Override
  public double timestep(int i) {
    return i % 2 == 0 ? levels().timestep(i / 2) : levels().timestepOf(sigma(i));
  }

  @Override
  public double sigma(int i) {
    double from = levels().sigma(i / 2);
    return i % 2 == 0 ? from : Math.sqrt(from * levels().sigma(i / 2 + 1));
  }

  private boolean endsClean() {
    return levels().sigma(levels().steps()) == 0;
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    double from = levels().sigma(i / 2);
    double to = levels().sigma(i / 2 + 1);
    if (to == 0) {
      return clean(from).of(latents, prediction);
    }
    double middle = Math.sqrt(from * to);
    if (i % 2 == 0) {
      AncestralStep half = AncestralStep.between(from, middle);
      double left = half.down() / from;
      LinearCombination mean = new LinearCombination(left, 0).plus(clean(from).times(1 - left));
      NDArray draw = noise.next();
      FusedUpdate update = new FusedUpdate(latents, prediction);
      FusedUpdate.Sum start = update.sum().plus(update.latents(), 1);
      FusedUpdate.Sum next = update.combination(mean).plus(update.given(draw), half.up());
      NDArray[] results = update.compute(start, next);
      begun.push(draw);
      begun.push(results[0]);
      return results[1];
    }
    AncestralStep whole = AncestralStep.between(from, to);
    double left = whole.down() / from;
    // The motion's path from one level to the next, as a standard normal of its own.
    double first = Math.sqrt((from - middle) / (from - to));
    double second = Math.sqrt((middle - to) / (from - to));
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum clean = update.combination(clean(middle));
    return update.compute(
        update
            .sum()
            .plus(update.given(begun.get(0)), left)
            .plus(clean, 1 - left)
            .plus(update.given(begun.get(1)), whole.up() * first)
            .plus(update.drawn(noise), whole.up() * second));
  }

  @Override
  public void close() {
    begun.close();
  }
}
