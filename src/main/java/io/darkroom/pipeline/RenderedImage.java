package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;

/**
 * A finished picture.
 *
 * @param request what it was made from
 * @param image its pixels
 * @param seconds where the time went, this picture's share of its batch
 */
public record RenderedImage(ImageRequest request, RgbImage image, Seconds seconds) {
  /**
   * Wall-clock seconds of each part of the road.
   *
   * @param encode tokens and text encoder
   * @param denoise noise, U-Net and sampler
   * @param decode latent to bytes
   */
  public record Seconds(double encode, double denoise, double decode) {}
}
