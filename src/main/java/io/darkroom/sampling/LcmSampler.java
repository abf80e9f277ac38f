package io.darkroom.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/**
 * Latent consistency models (Luo et al., arXiv 2310.04378, algorithm 3), as diffusers' {@code
 * LCMScheduler} runs them: each step guesses the clean image, then adds the next timestep's noise
 * afresh. The timesteps are some of those that the model was distilled with.
 *
 * <pre>
 * f = c_skip x + c_out x0,  c_skip = d^2 / (u^2 + d^2),  c_out = u / sqrt(u^2 + d^2)
 * x' = sqrt(a') f + sqrt(1 - a') z                 with u = 10 t, d = 0.5
 * </pre>
 *
 * <p>The last step is f alone.
 */
final class LcmSampler extends PlannedSampler {
  private static final int DISTILLED_STEPS = 50;
  private static final double TIMESTEP_SCALING = 10;
  private static final double DATA_SPREAD = 0.5;

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param steps how many steps to take, 1 to the number that the model was distilled with
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  LcmSampler(SchedulerConfig config, int steps) {
    super(
        plan(config, steps),
        config.clipSample().orElse(false) ? Update.clipRange(config) : OptionalDouble.empty());
  }

  private static List<Step> plan(SchedulerConfig config, int steps) {
    NoiseSchedule schedule = NoiseSchedule.of(config);
    int trained = schedule.trainTimesteps();
    int distilled = Math.min(config.originalInferenceSteps().orElse(DISTILLED_STEPS), trained);
    if (steps < 1 || steps > distilled) {
      throw new IllegalArgumentException(
          "steps must be between 1 and %d, not %d".formatted(distilled, steps));
    }
    PredictionType type = config.predictionType().orElse(PredictionType.EPSILON);
    double scaling = config.timestepScaling().orElse(TIMESTEP_SCALING);
    int stride = trained / distilled;
    int[] timesteps =
        IntStream.range(0, steps)
            .map(i -> (distilled - (int) ((long) i * distilled / steps)) * stride - 1)
            .toArray();
    config.requireImage(schedule.alphaCumprod(timesteps[0]));
    List<Step> plan = new ArrayList<>(steps);
    for (int i = 0; i < steps; i++) {
      double scaled = timesteps[i] * scaling;
      double radius = scaled * scaled + DATA_SPREAD * DATA_SPREAD;
      double alpha = schedule.alphaCumprod(timesteps[i]);
      boolean last = i == steps - 1;
      double next = last ? 1 : schedule.alphaCumprod(timesteps[i + 1]);
      Update update =
          new Update(
              type.clean(alpha),
              Math.sqrt(next) * scaled / Math.sqrt(radius),
              new LinearCombination(Math.sqrt(next) * DATA_SPREAD * DATA_SPREAD / radius, 0));
      OptionalDouble sigma = last ? OptionalDouble.empty() : OptionalDouble.of(Math.sqrt(1 - next));
      plan.add(new Step(timesteps[i], alpha, update, sigma));
    }
    return plan;
  }
}
