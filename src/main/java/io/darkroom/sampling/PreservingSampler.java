package io.darkroom.sampling;

/**
 * A multistep solver of whole timesteps whose latents x = alpha x0 + s epsilon keep the variance 1:
 * alpha = 1 / sqrt(sigma^2 + 1), s = sigma alpha.
 */
abstract class PreservingSampler implements Sampler {
  /** What solvers of this kind remember. */
  static final int MOST_ORDER = 3;

  private final PredictionType type;
  private final NoiseLevels levels;

  /**
   * Begins a run.
   *
   * @param config what the model says
   * @param levels the run's
   */
  PreservingSampler(SchedulerConfig config, NoiseLevels levels) {
    this.type = config.predictionType().orElse(PredictionType.EPSILON);
    this.levels = levels;
  }

  /** The run's levels. */
  final NoiseLevels levels() {
    return levels;
  }

  @Override
  public final int evaluations() {
    return levels.steps();
  }

  @Override
  public final double timestep(int i) {
    return levels.timestep(i);
  }

  /** The clean image x0 that the prediction before a step implies. */
  final Blend clean(int step) {
    double sigma = levels.sigma(step);
    return type.clean(1 / (sigma * sigma + 1));
  }

  /** The image's weight alpha before a step. */
  final double alpha(int step) {
    return 1 / Math.hypot(levels.sigma(step), 1);
  }

  /** The noise's weight s before a step. */
  final double spread(int step) {
    return levels.sigma(step) * alpha(step);
  }
}
