package io.darkroom.sampling;

import io.darkroom.base.ModelException;
import java.util.Arrays;
import java.util.List;

/**
 * How much noise the training added at each timestep: beta, the variance of timestep t's own noise,
 * and alphasCumprod, the product of (1 - beta) up to t, which is the share of the image that is
 * left in the latents' variance.
 *
 * <p>The reference keeps betas, alphas and their products in float32. They are rounded here in the
 * same places, which matters where a beta is near 1, and agree to a relative 6e-7. All further
 * arithmetic is in double.
 */
public final class NoiseSchedule {
  // What all of diffusers' classes but LCM's and Heun's take where a configuration is silent.
  private static final int TRAIN_TIMESTEPS = 1000;
  private static final double BETA_START = 0.0001;
  private static final double BETA_END = 0.02;

  private static final double MAX_COSINE_BETA = 0.999;

  private final double[] betas;
  private final double[] alphasCumprod;

  private NoiseSchedule(double[] betas, double[] alphasCumprod) {
    this.betas = betas;
    this.alphasCumprod = alphasCumprod;
  }

  /**
   * Works the schedule out.
   *
   * @param config what the model says; where it is silent: 1000 timesteps, betas linear from 0.0001
   *     to 0.02
   * @return the schedule
   * @throws ModelException if nothing of the image is left before the last timestep
   */
  public static NoiseSchedule of(SchedulerConfig config) {
    double[] betas =
        config.trainedBetas().map(NoiseSchedule::toArray).orElseGet(() -> betas(config));
    for (int t = 0; t < betas.length; t++) {
      betas[t] = (float) betas[t];
    }
    NoiseSchedule schedule = new NoiseSchedule(betas, alphasCumprod(betas));
    if (schedule.alphasCumprod[betas.length - 2] == 0) {
      throw new ModelException(
          config.source()
              + ": the betas are so large that no image is left before the last timestep");
    }
    return config.rescaleBetasZeroSnr().orElse(false) ? schedule.rescaledToZeroSnr() : schedule;
  }

  /**
   * How many timesteps the model was trained on.
   *
   * @return the number T; timesteps run from 0 to T - 1
   */
  public int trainTimesteps() {
    return betas.length;
  }

  /**
   * The variance of one timestep's own noise.
   *
   * @param timestep 0 to T - 1
   * @return beta, above 0; 1 at the last timestep of a zero-SNR schedule
   */
  public double beta(int timestep) {
    return betas[timestep];
  }

  /**
   * The image's share of the latents' variance.
   *
   * @param timestep 0 to T - 1
   * @return the product of (1 - beta) up to and with the timestep, below 1; 0 at the last timestep
   *     of a zero-SNR schedule
   */
  public double alphaCumprod(int timestep) {
    return alphasCumprod[timestep];
  }

  private static double[] betas(SchedulerConfig config) {
    int count = config.trainTimesteps().orElse(TRAIN_TIMESTEPS);
    double start = config.betaStart().orElse(BETA_START);
    double end = config.betaEnd().orElse(BETA_END);
    return switch (config.betaSchedule().orElse(BetaSchedule.LINEAR)) {
      case LINEAR -> linear(start, end, count);
      case SCALED_LINEAR ->
          Arrays.stream(linear(Math.sqrt(start), Math.sqrt(end), count))
              .map(root -> root * root)
              .toArray();
      case SQUAREDCOS_CAP_V2 -> squaredCosine(count);
    };
  }

  private static double[] linear(double start, double end, int count) {
    double[] values = new double[count];
    for (int t = 0; t < count; t++) {
      values[t] = start + (end - start) * t / (count - 1);
    }
    return values;
  }

  private static double[] squaredCosine(int count) {
    double[] values = new double[count];
    for (int t = 0; t < count; t++) {
      double left = remainingAt((t + 1.0) / count) / remainingAt((double) t / count);
      values[t] = Math.min(1 - left, MAX_COSINE_BETA);
    }
    return values;
  }

  /** Equation 17 of arXiv 2102.09672 without its denominator, for a time from 0 to 1. */
  private static double remainingAt(double time) {
    double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
    return cosine * cosine;
  }

  private static double[] alphasCumprod(double[] betas) {
    double[] products = new double[betas.length];
    double product = 1;
    for (int t = 0; t < betas.length; t++) {
      product *= (float) (1 - betas[t]);
      products[t] = (float) product;
    }
    return products;
  }

  /**
   * Shifts and scales sqrt(alphasCumprod) to end at 0 (Lin et al., arXiv 2305.08891, algorithm 1).
   */
  private NoiseSchedule rescaledToZeroSnr() {
    int last = betas.length - 1;
    double rootFirst = Math.sqrt(alphasCumprod[0]);
    double rootLast = Math.sqrt(alphasCumprod[last]);
    double[] rescaledBetas = new double[betas.length];
    double[] rescaledProducts = new double[betas.length];
    double previous = 1;
    for (int t = 0; t <= last; t++) {
      double root = (Math.sqrt(alphasCumprod[t]) - rootLast) * rootFirst / (rootFirst - rootLast);
      rescaledProducts[t] = (float) (root * root);
      rescaledBetas[t] = 1 - rescaledProducts[t] / previous;
      previous = rescaledProducts[t];
    }
    return new NoiseSchedule(rescaledBetas, rescaledProducts);
  }

  private static double[] toArray(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
