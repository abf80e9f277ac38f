package io.darkroom.sampling;

/**
 * How a model is shown latents of a noise level sigma, and how its prediction is read. What it is
 * shown and what it gives have about the variance 1 at every level.
 *
 * <p>Blends are of the exploding form x = x0 + sigma epsilon, or of the multistep solvers' form
 * {@link #scale} x.
 */
sealed interface Preconditioning {
  /**
   * The one that a model was trained with.
   *
   * @param config what the model says
   * @return EDM's, else that of the training's own timesteps
   */
  static Preconditioning of(SchedulerConfig config) {
    return config
        .edm()
        .<Preconditioning>map(Edm::new)
        .orElseGet(() -> new Discrete(config.predictionType().orElse(PredictionType.EPSILON)));
  }

  /** What to multiply x by before the model sees it. */
  double inputScale(double sigma);

  /** The clean image x0 that a prediction implies, of x. */
  LinearCombination clean(double sigma);

  /** The noise epsilon = (x - x0) / sigma that a prediction implies, of x. */
  LinearCombination noise(double sigma);

  /** What multistep solvers multiply x by. */
  double scale(double sigma);

  /** The clean image x0, of {@link #scale} x. */
  LinearCombination cleanOfScaled(double sigma);

  /**
   * That of a model that knows the training's timesteps: it sees x / sqrt(sigma^2 + 1), and
   * multistep solvers work on what it sees.
   *
   * @param type what it predicts
   */
  record Discrete(PredictionType type) implements Preconditioning {
    @Override
    public double inputScale(double sigma) {
      return 1 / Math.hypot(sigma, 1);
    }

    @Override
    public LinearCombination clean(double sigma) {
      return ofExploding(type.clean(alphaCumprod(sigma)), sigma);
    }

    @Override
    public LinearCombination noise(double sigma) {
      return ofExploding(type.noise(alphaCumprod(sigma)), sigma);
    }

    @Override
    public double scale(double sigma) {
      return inputScale(sigma);
    }

    @Override
    public LinearCombination cleanOfScaled(double sigma) {
      return type.clean(alphaCumprod(sigma));
    }

    private static double alphaCumprod(double sigma) {
      return 1 / (sigma * sigma + 1);
    }

    private static LinearCombination ofExploding(LinearCombination combination, double sigma) {
      return new LinearCombination(
          combination.latents() * Math.sqrt(alphaCumprod(sigma)), combination.prediction());
    }
  }

  /**
   * EDM's (Karras et al., arXiv 2206.00364, table 1), as diffusers' {@code EDMEulerScheduler} has
   * it. With s the standard deviation of the data and F the prediction,
   *
   * <pre>
   * F = model(x / sqrt(sigma^2 + s^2), ln(sigma) / 4)
   * x0 = s^2 / (sigma^2 + s^2) x + sigma s / sqrt(sigma^2 + s^2) F
   * </pre>
   *
   * <p>where the second sign is a minus for models of the velocity.
   *
   * @param config the model's
   */
  record Edm(EdmConfig config) implements Preconditioning {
    @Override
    public double inputScale(double sigma) {
      return 1 / Math.hypot(sigma, config.sigmaData());
    }

    @Override
    public LinearCombination clean(double sigma) {
      double data = config.sigmaData();
      double spread = Math.hypot(sigma, data);
      double out = sigma * data / spread;
      return new LinearCombination(
          data * data / (spread * spread),
          config.type() == PredictionType.V_PREDICTION ? -out : out);
    }

    @Override
    public LinearCombination noise(double sigma) {
      return new LinearCombination(1, 0).plus(clean(sigma).times(-1)).times(1 / sigma);
    }

    @Override
    public double scale(double sigma) {
      return 1;
    }

    @Override
    public LinearCombination cleanOfScaled(double sigma) {
      return clean(sigma);
    }
  }
}
