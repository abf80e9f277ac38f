package io.darkroom.training;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * Tells pictures that an autoencoder gave back from those that it was given, patch by patch (Isola
 * et al., arXiv 1611.07004), with the hinge loss (Rombach et al., arXiv 2112.10752, appendix G).
 */
final class PatchDiscriminator {
  private PatchDiscriminator() {}

  /**
   * Writes the network.
   *
   * @param w its weights
   * @param image {@code [batch, 3, height, width]}, -1 to 1
   * @return a number for each patch, high for what looks real, {@code [batch, 1, h, w]}
   */
  static Tensor judge(Weights w, Tensor image) {
    Tensor x = image.conv2d(w.at("conv_in"), 32, 4, 2, 1).silu();
    x = x.conv2d(w.at("down"), 64, 4, 2, 1).groupNorm(w.at("norm1"), 8, 1e-5).silu();
    x = x.conv2d(w.at("wide"), 96, 3).groupNorm(w.at("norm2"), 8, 1e-5).silu();
    return x.conv2d(w.at("conv_out"), 1, 3);
  }

  /**
   * Writes the discriminator's own loss.
   *
   * @param real what it says of real pictures
   * @param fake what it says of others
   * @return a scalar
   */
  static Tensor loss(Tensor real, Tensor fake) {
    Tensor wrongReal = real.times(-1).plus(1).relu().mean();
    return wrongReal.plus(fake.plus(1).relu().mean()).times(0.5);
  }
}
