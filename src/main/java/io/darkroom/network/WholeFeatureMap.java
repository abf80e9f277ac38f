package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * Features whose layers are computed at once.
 *
 * @param tensor {@code [batch, channels, height, width]}
 * @param block the residual block's groups and epsilon, which all norms share
 */
record WholeFeatureMap(Tensor tensor, ResidualBlock block) implements FeatureMap {
  private WholeFeatureMap with(Tensor result) {
    return new WholeFeatureMap(result, block);
  }

  @Override
  public FeatureMap residual(Weights w, int channels) {
    return with(block.apply(w, tensor, channels));
  }

  @Override
  public FeatureMap attention(Weights w) {
    return with(block.attention().apply(w, tensor));
  }

  @Override
  public FeatureMap upsample(Weights convolution) {
    return with(tensor.upsampleTwice().conv2d(convolution, tensor.channels(), 3));
  }

  @Override
  public FeatureMap upsampleToFinest(Weights convolution) {
    return upsample(convolution);
  }

  @Override
  public FeatureMap downsample(Weights convolution) {
    return with(tensor.padRightAndBottom().conv2d(convolution, tensor.channels(), 3, 2, 0));
  }

  @Override
  public Tensor head(Weights w, int channels) {
    return tensor
        .groupNorm(w.at("conv_norm_out"), block.groups(), block.epsilon())
        .silu()
        .conv2d(w.at("conv_out"), channels, 3);
  }
}
