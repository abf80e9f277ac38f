package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;

/**
 * The part of a picture that is known while the rest is painted: after each step its latents are
 * put back, with as much noise as the run has left. diffusers' inpainting with a U-Net that knows
 * nothing of masks ({@code StableDiffusionInpaintPipeline}); RePaint (Lugmayr et al., arXiv
 * 2201.09865), equation 8.
 *
 * <pre>
 * x' = m x + (1 - m) (image x0 + noise epsilon)
 * </pre>
 */
public final class KnownRegion {
  private final NDArray mask;
  private final NDArray image;
  private final NDArray noise;

  /**
   * Prepares what is put back, in the manager of the image's latents.
   *
   * @param mask m, 1 where the picture is painted and 0 where it is known: float32 [1, 1, height,
   *     width]
   * @param image the clean latents x0, float32 [batch, channels, height, width]
   * @param noise epsilon, the noise that the run began with, of the same shape
   */
  public KnownRegion(NDArray mask, NDArray image, NDArray noise) {
    this.mask = mask;
    try (NDArray known = mask.neg().addi(1)) {
      this.image = image.mul(known);
      this.noise = noise.mul(known);
    }
  }

  /**
   * Puts the known part back.
   *
   * @param latents what a step gave; closed
   * @param level the noise level that they have now
   * @return new latents, in the same manager
   */
  public NDArray restore(NDArray latents, Noised level) {
    try (NDArray old = latents;
        NDArray painted = old.mul(mask)) {
      FusedUpdate update = new FusedUpdate(painted, image);
      return update.compute(
          update
              .sum()
              .plus(update.latents(), 1)
              .plus(update.prediction(), level.image())
              .plus(update.given(noise), level.noise()));
    }
  }
}
