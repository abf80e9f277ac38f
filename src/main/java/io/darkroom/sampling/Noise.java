package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/** The standard normal draws of one run, each image's from its own generator. */
@FunctionalInterface
public interface Noise {
  /**
   * Makes the next draw.
   *
   * @return float32 [batch, channels, height, width] on the device of the latents; the caller
   *     closes it
   */
  NDArray next();
}
