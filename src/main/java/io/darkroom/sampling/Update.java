package io.darkroom.sampling;

import java.util.OptionalDouble;

/**
 * The deterministic part of a step, weight * x0 + rest. It is kept in two parts because x0 may be
 * clipped before it is used.
 *
 * @param clean the predicted clean latents x0
 * @param weight how much of x0 goes into the new latents
 * @param rest what else goes into them
 */
record Update(LinearCombination clean, double weight, LinearCombination rest) {
  /**
   * The range that x0 is clipped to, with the defaults that DDIM and DDPM share: clipped, to 1.
   *
   * @param config what the model says
   * @return the largest magnitude, or nothing where x0 is left as it is
   */
  static OptionalDouble clipRange(SchedulerConfig config) {
    return config.clipSample().orElse(true)
        ? OptionalDouble.of(config.clipSampleRange().orElse(1))
        : OptionalDouble.empty();
  }

  /**
   * Writes down the new latents before noise.
   *
   * @param update the step's
   * @param clipRange the largest magnitude of x0, if there is one
   * @return their sum
   */
  FusedUpdate.Sum in(FusedUpdate update, OptionalDouble clipRange) {
    if (clipRange.isEmpty()) {
      return update.combination(clean.times(weight).plus(rest));
    }
    FusedUpdate.Sum clipped = update.combination(clean).clipped(clipRange.getAsDouble());
    return update.combination(rest).plus(clipped, weight);
  }
}
