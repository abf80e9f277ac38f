package io.darkroom.training;

/**
 * A linear warm-up and then half a cosine down to nothing (Loshchilov and Hutter, arXiv
 * 1608.03983).
 */
final class LearningRate {
  private LearningRate() {}

  /**
   * The rate of a step.
   *
   * @param step from 1
   * @param warmUp steps until the peak
   * @param steps all of them
   * @param peak the highest rate
   * @return the rate
   */
  static double at(int step, int warmUp, int steps, double peak) {
    if (step < warmUp) {
      return peak * step / warmUp;
    }
    double done = (double) (step - warmUp) / Math.max(1, steps - warmUp);
    return peak * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
  }
}
