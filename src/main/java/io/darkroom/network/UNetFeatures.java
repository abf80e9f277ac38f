package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * What a U-Net's encoder hands to its decoder.
 *
 * @param skips the result of the first convolution, of each layer and of each downsampler, in that
 *     order; {@code [batch, channels, height, width]}
 * @param middle the middle block's result
 */
record UNetFeatures(List<Tensor> skips, Tensor middle) {
  /** Takes its own copy. */
  UNetFeatures {
    skips = List.copyOf(skips);
  }

  /**
   * Adds residuals, such as a ControlNet's (Zhang et al., arXiv 2302.05543).
   *
   * @param residuals of the same shapes
   * @return the sums
   */
  UNetFeatures plus(UNetFeatures residuals) {
    List<Tensor> sums = new ArrayList<>();
    for (int i = 0; i < skips.size(); i++) {
      sums.add(skips.get(i).plus(residuals.skips.get(i)));
    }
    return new UNetFeatures(sums, middle.plus(residuals.middle));
  }
}
