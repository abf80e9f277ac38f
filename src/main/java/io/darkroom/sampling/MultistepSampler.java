package io.darkroom.sampling;

/**
 * A multistep solver whose latents are x = alpha x0 + s epsilon. Where the model knows whole
 * timesteps, they keep the variance 1: alpha = 1 / sqrt(sigma^2 + 1), s = sigma alpha. Where it is
 * EDM's, alpha is 1.
 */
abstract class MultistepSampler implements Sampler {
  /** What solvers of this kind remember. */
  static final int MOST_ORDER = 3;

  private final Preconditioning preconditioning;
  private final NoiseLevels levels;

  /**
   * Begins a run.
   *
   * @param config what the model says
   * @param levels the run's
   */
  MultistepSampler(SchedulerConfig config, NoiseLevels levels) {
    this.preconditioning = Preconditioning.of(config);
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

  @Override
  public final double initialNoiseSigma() {
    return levels.initialSigma();
  }

  @Override
  public final double inputScale(int i) {
    double sigma = levels.sigma(i);
    return preconditioning.inputScale(sigma) / preconditioning.scale(sigma);
  }

  @Override
  public final double sigma(int i) {
    return levels.sigma(i);
  }

  @Override
  public final double scale(int i) {
    return alpha(i);
  }

  /** The clean image x0 that the prediction before a step implies. */
  @Override
  public final LinearCombination clean(int i) {
    return preconditioning.cleanOfScaled(levels.sigma(i));
  }

  /** The image's weight alpha before a step. */
  final double alpha(int step) {
    return preconditioning.scale(levels.sigma(step));
  }

  /** The noise's weight s before a step. */
  final double spread(int step) {
    return levels.sigma(step) * alpha(step);
  }
}
