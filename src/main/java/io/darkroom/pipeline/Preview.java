package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import io.darkroom.image.RgbImage;

/** How unfinished latents are shown. */
interface Preview {
  /**
   * The glimpse.
   *
   * @param latents float32 {@code [pictures, channels, height, width]} as the U-Net sees them; the
   *     first picture counts
   * @return a small picture
   */
  RgbImage picture(NDArray latents);

  /**
   * What a glimpse takes of the device's memory while it is made.
   *
   * @return bytes, a rough guess on the safe side
   */
  default long workingBytes() {
    return 0;
  }
}
