package io.darkroom.sampling;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Denoising diffusion implicit models (Song, Meng and Ermon, arXiv 2010.02502), as diffusers'
 * {@code DDIMScheduler} runs them. Equation 12, with a the image's share of the variance at t and
 * a' the share where the step leads:
 *
 * <pre>
 * x' = sqrt(a') x0 + sqrt(1 - a' - sigma^2) epsilon + sigma z
 * sigma = eta sqrt((1 - a') / (1 - a)) sqrt(1 - a / a')            (equation 16)
 * </pre>
 *
 * <p>With an eta of 0 no noise is drawn; with any other it is drawn at every step, the last
 * included.
 */
public final class DdimSampler extends PlannedSampler {
  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param steps how many steps to take, 1 to the number of training timesteps
   * @param eta how much noise to add at each step, 0 (none) to 1 (as much as DDPM)
   * @throws IllegalArgumentException if {@code steps} or {@code eta} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  DdimSampler(SchedulerConfig config, int steps, double eta) {
    super(plan(config, steps, eta), Update.clipRange(config));
  }

  private static List<Step> plan(SchedulerConfig config, int steps, double eta) {
    if (!(eta >= 0 && eta <= 1)) {
      throw new IllegalArgumentException("eta must be between 0 and 1, not " + eta);
    }
    NoiseSchedule schedule = NoiseSchedule.of(config);
    PredictionType type = config.predictionType().orElse(PredictionType.EPSILON);
    double finalAlphaCumprod = config.setAlphaToOne().orElse(true) ? 1 : schedule.alphaCumprod(0);
    return Transition.walk(config, schedule, steps, finalAlphaCumprod).stream()
        .map(transition -> step(transition, type, eta))
        .toList();
  }

  private static Step step(Transition transition, PredictionType type, double eta) {
    double alpha = transition.alphaCumprod();
    double previousAlpha = transition.previousAlphaCumprod();
    double variance = eta * eta * (1 - previousAlpha) / (1 - alpha) * (1 - alpha / previousAlpha);
    // Never below 0 but for rounding.
    double towardsNoise = Math.sqrt(Math.max(1 - previousAlpha - variance, 0));
    Update update =
        new Update(
            type.clean(alpha), Math.sqrt(previousAlpha), type.noise(alpha).times(towardsNoise));
    return new Step(
        transition.timestep(),
        alpha,
        update,
        eta > 0 ? OptionalDouble.of(Math.sqrt(variance)) : OptionalDouble.empty());
  }
}
