package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import io.darkroom.sampling.Sampler;

/** Changes the latents after each step of the sampler. */
@FunctionalInterface
interface StepHook {
  /**
   * Changes the latents.
   *
   * @param latents what the sampler made, float32 {@code [batch, channels, height, width]}; closed
   *     or returned
   * @param sampler the run's
   * @param evaluation the evaluation that was made last, from 0
   * @return the latents of the next step, of the same shape
   */
  NDArray after(NDArray latents, Sampler sampler, int evaluation);
}
