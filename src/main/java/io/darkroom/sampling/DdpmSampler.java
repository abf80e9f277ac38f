package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
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
public final class DdpmSampler implements Sampler {
  /** diffusers' floor under fixed_small. */
  private static final double MIN_VARIANCE = 1e-20;

  private final List<Step> steps;
  private final OptionalDouble clipRange;

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param steps how many steps to take, 1 to the number of training timesteps
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.checkpoint.ModelException if the configuration contradicts itself
   */
  DdpmSampler(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    PredictionType type = config.predictionType().orElse(PredictionType.EPSILON);
    VarianceType varianceType = config.varianceType().orElse(VarianceType.FIXED_SMALL);
    this.steps =
        Transition.walk(config, schedule, steps, 1).stream()
            .map(transition -> Step.of(transition, type, varianceType))
            .toList();
    this.clipRange = Update.clipRange(config);
  }

  @Override
  public int evaluations() {
    return steps.size();
  }

  @Override
  public double timestep(int i) {
    return steps.get(i).timestep;
  }

  @Override
  public double initialNoiseSigma() {
    return 1;
  }

  @Override
  public double inputScale(int i) {
    return 1;
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    Step step = steps.get(i);
    NDArray next = step.update.of(latents, prediction, clipRange);
    if (step.timestep > 0) {
      noise.addTo(next, step.sigma);
    }
    return next;
  }

  private record Step(int timestep, Update update, double sigma) {
    static Step of(Transition transition, PredictionType type, VarianceType varianceType) {
      double alpha = transition.alphaCumprod();
      double previousAlpha = transition.previousAlphaCumprod();
      double stepAlpha = alpha / previousAlpha;
      double stepBeta = 1 - stepAlpha;
      double posterior = (1 - previousAlpha) / (1 - alpha);
      Update update =
          new Update(
              type.clean(alpha),
              Math.sqrt(previousAlpha) * stepBeta / (1 - alpha),
              new Blend(Math.sqrt(stepAlpha) * posterior, 0));
      double variance =
          switch (varianceType) {
            case FIXED_SMALL, FIXED_SMALL_LOG -> Math.max(posterior * stepBeta, MIN_VARIANCE);
            case FIXED_LARGE -> stepBeta;
          };
      return new Step(transition.timestep(), update, Math.sqrt(variance));
    }
  }
}
