package io.darkroom.sampling;

/**
 * A step from one noise level to another by way of a lower one: down without noise, then up with
 * it, so that the variances add up.
 *
 * @param down the level that the step without noise leads to
 * @param up the standard deviation of the noise that is added
 */
record AncestralStep(double down, double up) {
  /**
   * The step that removes as much noise as the posterior's mean does (DDPM's share).
   *
   * @param from sigma before
   * @param to sigma after, 0 or more, below {@code from}
   * @return the step
   */
  static AncestralStep between(double from, double to) {
    double up = Math.min(to, to / from * Math.sqrt(from * from - to * to));
    return new AncestralStep(Math.sqrt(to * to - up * up), up);
  }
}
