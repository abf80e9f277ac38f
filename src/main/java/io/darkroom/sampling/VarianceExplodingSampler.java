package io.darkroom.sampling;

/**
 * A sampler whose latents are x = x0 + sigma epsilon, so that their variance grows with the noise
 * (Karras et al., arXiv 2206.00364). What the model sees of them, and how its prediction is read,
 * is its {@link Preconditioning}.
 */
abstract class VarianceExplodingSampler implements Sampler {
  private final Preconditioning preconditioning;
  private final NoiseLevels levels;

  /**
   * Begins a run.
   *
   * @param config what the model says
   * @param levels the run's
   */
  VarianceExplodingSampler(SchedulerConfig config, NoiseLevels levels) {
    this.preconditioning = Preconditioning.of(config);
    this.levels = levels;
  }

  /** The run's levels. */
  final NoiseLevels levels() {
    return levels;
  }

  /** For samplers that evaluate the model once a step. */
  @Override
  public double sigma(int i) {
    return levels.sigma(i);
  }

  @Override
  public int evaluations() {
    return levels.steps();
  }

  @Override
  public double timestep(int i) {
    return levels.timestep(i);
  }

  @Override
  public final double initialNoiseSigma() {
    return levels.initialSigma();
  }

  @Override
  public final double scale(int i) {
    return 1;
  }

  @Override
  public final double inputScale(int i) {
    return preconditioning.inputScale(sigma(i));
  }

  @Override
  public final LinearCombination clean(int i) {
    return clean(sigma(i));
  }

  /** The clean image x0 that a prediction at a level implies. */
  final LinearCombination clean(double sigma) {
    return preconditioning.clean(sigma);
  }

  /** The derivative dx / dsigma = (x - x0) / sigma, which is the noise epsilon. */
  final LinearCombination slope(double sigma) {
    return preconditioning.noise(sigma);
  }
}
