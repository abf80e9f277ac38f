package io.darkroom.sampling;

/**
 * Latents of a noise level as a weighted sum of clean latents x0 and unit noise epsilon.
 *
 * @param image the weight of x0
 * @param noise the weight of epsilon
 */
public record Noised(double image, double noise) {
  /** Nothing but the clean latents. */
  public static final Noised CLEAN = new Noised(1, 0);
}
