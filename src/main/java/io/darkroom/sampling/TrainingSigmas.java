package io.darkroom.sampling;

/**
 * The noise level sigma = sqrt((1 - a) / a) of each training timestep, a being alphasCumprod, and
 * the way back from a level to a timestep. Between timesteps sigma is linear on the way there and
 * its logarithm on the way back, as in diffusers.
 */
final class TrainingSigmas {
  /**
   * What diffusers puts in place of an alphasCumprod of 0, for a finite sigma (4096): see {@code
   * EulerDiscreteScheduler} under {@code rescale_betas_zero_snr}.
   */
  private static final double LEAST_ALPHA_CUMPROD = 0x1p-24;

  private final double[] sigmas;

  /**
   * Works them out.
   *
   * @param schedule the model's
   */
  TrainingSigmas(NoiseSchedule schedule) {
    sigmas = new double[schedule.trainTimesteps()];
    for (int t = 0; t < sigmas.length; t++) {
      sigmas[t] = of(schedule.alphaCumprod(t));
    }
  }

  /**
   * The level of an image's share.
   *
   * @param alphaCumprod the share, 0 or more and below 1
   * @return sigma, finite
   */
  static double of(double alphaCumprod) {
    double share = Math.max(alphaCumprod, LEAST_ALPHA_CUMPROD);
    return Math.sqrt((1 - share) / share);
  }

  /**
   * The level of a time.
   *
   * @param time 0 or more; may be a fraction; past the training, its last level is meant
   * @return sigma
   */
  double at(double time) {
    double timestep = Math.min(time, sigmas.length - 1.0);
    int low = Math.min((int) timestep, sigmas.length - 2);
    return sigmas[low] + (timestep - low) * (sigmas[low + 1] - sigmas[low]);
  }

  /**
   * The time of a level.
   *
   * @param sigma above 0
   * @return a timestep, may be a fraction; the nearest one for a level out of the training's range
   */
  double timestep(double sigma) {
    int low = 0;
    while (low < sigmas.length - 2 && sigmas[low + 1] <= sigma) {
      low++;
    }
    double above = Math.log(sigma / sigmas[low]) / Math.log(sigmas[low + 1] / sigmas[low]);
    return low + Math.min(Math.max(above, 0), 1);
  }

  /** The least level, that of timestep 0. */
  double least() {
    return sigmas[0];
  }

  /** The greatest level, that of the last timestep. */
  double greatest() {
    return sigmas[sigmas.length - 1];
  }
}
