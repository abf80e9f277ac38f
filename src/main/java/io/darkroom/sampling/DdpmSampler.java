package io.darkroom.sampling;

import java.util.List;
import java.util.OptionalDouble;

/**
 * Ancestral sampling (Ho, Jain and Abbeel, arXiv 2006.11239, algorithm 2), as diffusers' {@code
 * DDPMScheduler} runs it: each step draws from the posterior of equation 7, stretched over the
 * timesteps that a short run leaves out. With a the image's share of the variance at t, a' the
 * share where the step leads and beta = 1 - a / a':
 *
 * <pre>
 * x' = sqrt(a') beta / (1 - a) x0 + sqrt(a / a') (1 - a') / (1 - a) x + sigma z
 * sigma^2 = (1 - a') / (1 - a) beta                (fixed_small), or beta (fixed_large)
 * </pre>
 *
 * <p>Noise is drawn at every timestep but 0. A run whose last timestep is 1, as with Stable
 * Diffusion's offset, so draws at its last step too, to add next to nothing.
 */
public final class DdpmSampler extends PlannedSampler {
  /** diffusers' floor under fixed_small. */
  private static final double MIN_VARIANCE = 1e-20;

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param steps how many steps to take, 1 to the number of training timesteps
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  DdpmSampler(SchedulerConfig config, int steps) {
    super(plan(config, steps), Update.clipRange(config));
  }

  private static List<Step> plan(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    PredictionType type = config.predictionType().orElse(PredictionType.EPSILON);
    VarianceType varianceType = config.varianceType().orElse(VarianceType.FIXED_SMALL);
    return Transition.walk(config, schedule, steps, 1).stream()
        .map(transition -> step(transition, type, varianceType))
        .toList();
  }

  private static Step step(Transition transition, PredictionType type, VarianceType varianceType) {
    double alpha = transition.alphaCumprod();
    double previousAlpha = transition.previousAlphaCumprod();
    double stepAlpha = alpha / previousAlpha;
    double stepBeta = 1 - stepAlpha;
    double posterior = (1 - previousAlpha) / (1 - alpha);
    Update update =
        new Update(
            type.clean(alpha),
            Math.sqrt(previousAlpha) * stepBeta / (1 - alpha),
            new LinearCombination(Math.sqrt(stepAlpha) * posterior, 0));
    double variance =
        switch (varianceType) {
          case FIXED_SMALL, FIXED_SMALL_LOG -> Math.max(posterior * stepBeta, MIN_VARIANCE);
          case FIXED_LARGE -> stepBeta;
        };
    int timestep = transition.timestep();
    return new Step(
        timestep,
        alpha,
        update,
        timestep > 0 ? OptionalDouble.of(Math.sqrt(variance)) : OptionalDouble.empty());
  }
}
