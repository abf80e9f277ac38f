package io.darkroom.sampling;

/**
 * What the model predicts, and how to read the clean image x0 and the noise epsilon out of it. With
 * a the product of all alphas up to the timestep, the latents are x = sqrt(a) x0 + sqrt(1 - a)
 * epsilon (Ho et al., arXiv 2006.11239, equation 4). The value of {@code prediction_type} is the
 * constant's name in lower case.
 */
public enum PredictionType {
  /** The noise (Ho et al., arXiv 2006.11239). */
  EPSILON {
    @Override
    public LinearCombination clean(double alphaCumprod) {
      return new LinearCombination(1, -Math.sqrt(1 - alphaCumprod))
          .times(1 / Math.sqrt(alphaCumprod));
    }

    @Override
    public LinearCombination noise(double alphaCumprod) {
      return new LinearCombination(0, 1);
    }
  },
  /** The velocity v = sqrt(a) epsilon - sqrt(1 - a) x0 (Salimans and Ho, arXiv 2202.00512). */
  V_PREDICTION {
    @Override
    public LinearCombination clean(double alphaCumprod) {
      return new LinearCombination(Math.sqrt(alphaCumprod), -Math.sqrt(1 - alphaCumprod));
    }

    @Override
    public LinearCombination noise(double alphaCumprod) {
      return new LinearCombination(Math.sqrt(1 - alphaCumprod), Math.sqrt(alphaCumprod));
    }
  },
  /** The clean image itself. */
  SAMPLE {
    @Override
    public LinearCombination clean(double alphaCumprod) {
      return new LinearCombination(0, 1);
    }

    @Override
    public LinearCombination noise(double alphaCumprod) {
      return new LinearCombination(1, -Math.sqrt(alphaCumprod))
          .times(1 / Math.sqrt(1 - alphaCumprod));
    }
  };

  /**
   * The clean image x0 that the prediction implies.
   *
   * @param alphaCumprod a at the timestep of the prediction, below 1; for {@link #EPSILON} above 0
   * @return x0 as a combination of latents and prediction
   */
  public abstract LinearCombination clean(double alphaCumprod);

  /**
   * The noise epsilon that the prediction implies.
   *
   * @param alphaCumprod a at the timestep of the prediction, 0 or more and below 1
   * @return epsilon as a combination of latents and prediction
   */
  public abstract LinearCombination noise(double alphaCumprod);
}
