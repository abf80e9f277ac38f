package io.darkroom.sampling;

/**
 * A sampler whose latents are x = x0 + sigma epsilon, so that their variance grows with the noise
 * (Karras et al., arXiv 2206.00364). The model was trained on latents of variance 1: it sees x /
 * sqrt(sigma^2 + 1), and its prediction is read accordingly.
 */
abstract class ExplodingSampler implements Sampler {
  private final PredictionType type;
  private final NoiseLevels levels;

  /**
   * Begins a run.
   *
   * @param config what the model says
   * @param levels the run's
   */
  ExplodingSampler(SchedulerConfig config, NoiseLevels levels) {
    this.type = config.predictionType().orElse(PredictionType.EPSILON);
    this.levels = levels;
  }

  /** The run's levels. */
  final NoiseLevels levels() {
    return levels;
  }

  /**
   * The level at which the model is evaluated; for samplers that evaluate it once a step.
   *
   * @param i the evaluation
   * @return sigma, above 0
   */
  double sigma(int i) {
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
  public final double inputScale(int i) {
    return 1 / Math.hypot(sigma(i), 1);
  }

  /** The clean image x0 that a prediction at a level implies. */
  final Blend clean(double sigma) {
    double alphaCumprod = 1 / (sigma * sigma + 1);
    return ofExploding(type.clean(alphaCumprod), alphaCumprod);
  }

  /** The derivative dx / dsigma = (x - x0) / sigma, which is the noise epsilon. */
  final Blend slope(double sigma) {
    double alphaCumprod = 1 / (sigma * sigma + 1);
    return ofExploding(type.noise(alphaCumprod), alphaCumprod);
  }

  private static Blend ofExploding(Blend blend, double alphaCumprod) {
    return new Blend(blend.latents() * Math.sqrt(alphaCumprod), blend.prediction());
  }
}
