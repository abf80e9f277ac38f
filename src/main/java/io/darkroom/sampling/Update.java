package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.OptionalDouble;

/**
 * The deterministic part of a step, weight * x0 + rest. It is kept in two parts because x0 may be
 * clipped before it is used.
 *
 * @param clean the predicted clean latents x0
 * @param weight how much of x0 goes into the new latents
 * @param rest what else goes into them
 */
record Update(Blend clean, double weight, Blend rest) {
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
   * Computes the new latents before noise.
   *
   * @param latents float32 [batch, channels, height, width]
   * @param prediction the model's output, of the same shape and type
   * @param clipRange the largest magnitude of x0, if there is one
   * @return a new array of the same shape, in the latents' manager
   */
  NDArray of(NDArray latents, NDArray prediction, OptionalDouble clipRange) {
    if (clipRange.isEmpty()) {
      return clean.times(weight).plus(rest).of(latents, prediction);
    }
    float range = (float) clipRange.getAsDouble();
    NDArray next = rest.of(latents, prediction);
    // DJL's clip leaves its two bounds, as arrays, in the manager of what it clips.
    try (NDManager scratch = latents.getManager().newSubManager()) {
      NDArray unbounded = clean.of(latents, prediction);
      unbounded.attach(scratch);
      next.addi(unbounded.clip(-range, range).muli((float) weight));
    }
    return next;
  }
}
