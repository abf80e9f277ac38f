package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * The linear multistep method of Adams and Bashforth, with coefficients for uneven steps, as
 * diffusers' {@code LMSDiscreteScheduler} and k-diffusion's {@code sample_lms} run it: the slope is
 * the polynomial through its last four values, integrated to the next level.
 */
final class LmsSampler extends VarianceExplodingSampler {
  private static final int ORDER = 4;

  private final History slopes = new History(ORDER);

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @throws IllegalArgumentException if {@code steps} is out of range
   */
  LmsSampler(SchedulerConfig config, Schedule schedule, int steps) {
    super(config, NoiseLevels.continuous(config, schedule.or(config), steps));
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum slope = update.combination(slope(sigma(i)));
    int order = slopes.sizeAfterPush();
    FusedUpdate.Sum next = update.sum().plus(update.latents(), 1);
    next.plus(slope, coefficient(i, 0, order));
    for (int age = 1; age < order; age++) {
      next.plus(update.given(slopes.get(age - 1)), coefficient(i, age, order));
    }
    NDArray[] results = update.compute(slope, next);
    slopes.push(results[0]);
    return results[1];
  }

  /** The integral of the Lagrange polynomial that is 1 at one of the last levels, 0 at others. */
  private double coefficient(int i, int age, int order) {
    double start = levels().sigma(i);
    double end = levels().sigma(i + 1);
    double own = levels().sigma(i - age);
    // Coefficients of the polynomial in s, where sigma = start + s (end - start).
    double length = end - start;
    double[] polynomial = {1};
    for (int other = 0; other < order; other++) {
      if (other != age) {
        double root = levels().sigma(i - other);
        polynomial = product(polynomial, start - root, length, own - root);
      }
    }
    double integral = 0;
    for (int power = 0; power < polynomial.length; power++) {
      integral += polynomial[power] / (power + 1);
    }
    return integral * length;
  }

  /** polynomial (constant + linear s) / divisor. */
  private static double[] product(
      double[] polynomial, double constant, double linear, double divisor) {
    double[] product = new double[polynomial.length + 1];
    for (int power = 0; power < polynomial.length; power++) {
      product[power] += polynomial[power] * constant / divisor;
      product[power + 1] += polynomial[power] * linear / divisor;
    }
    return product;
  }

  @Override
  public void close() {
    slopes.close();
  }
}
