package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * The residual block of U-Net and autoencoder: norm, silu and convolution twice, and a shortcut,
 * which is a 1x1 convolution where the channels change; diffusers' {@code ResnetBlock2D}.
 *
 * @param groups the group count of its norms
 * @param epsilon of its norms
 */
record ResidualBlock(int groups, double epsilon) {
  /**
   * Writes a block without a timestep, as the autoencoder has it.
   *
   * @param w the block
   * @param x {@code [batch, in, height, width]}
   * @param out channels of the result
   * @return {@code [batch, out, height, width]}
   */
  Tensor apply(Weights w, Tensor x, int out) {
    return secondHalf(w, x, firstHalf(w, x, out), out);
  }

  /**
   * Writes a block that is told the timestep.
   *
   * @param w the block
   * @param x {@code [batch, in, height, width]}
   * @param out channels of the result
   * @param time the block's projection of the time embedding, {@code [batch or 1, out]}
   * @return {@code [batch, out, height, width]}
   */
  Tensor apply(Weights w, Tensor x, int out, Tensor time) {
    return secondHalf(w, x, firstHalf(w, x, out).plus(time.overPixels()), out);
  }

  /** The attention of one head that an autoencoder has beside such blocks, with the same norm. */
  PixelAttention attention() {
    return new PixelAttention(groups, epsilon, 1);
  }

  private Tensor firstHalf(Weights w, Tensor x, int out) {
    return x.groupNorm(w.at("norm1"), groups, epsilon).silu().conv2d(w.at("conv1"), out, 3);
  }

  private Tensor secondHalf(Weights w, Tensor x, Tensor h, int out) {
    h = h.groupNorm(w.at("norm2"), groups, epsilon).silu().conv2d(w.at("conv2"), out, 3);
    return h.plus(x.channels() == out ? x : x.conv2d(w.at("conv_shortcut"), out, 1));
  }
}
