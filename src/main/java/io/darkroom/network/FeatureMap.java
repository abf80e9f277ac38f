package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * What a layer of the autoencoder hands to the next: features of each pixel, {@code [batch,
 * channels, height, width]}. Its kind decides how the layers are computed: each at once, or in
 * strips of a few rows, which takes less memory.
 */
sealed interface FeatureMap permits WholeFeatureMap, FeatureMapInStrips {
  /**
   * Applies a residual block without a timestep.
   *
   * @param w the block
   * @param channels of the result
   * @return a map of the same size
   */
  FeatureMap residual(Weights w, int channels);

  /**
   * Applies self-attention, which sees all pixels at once in any case.
   *
   * @param w its weights
   * @return a map of the same size
   */
  FeatureMap attention(Weights w);

  /**
   * Doubles each side, by repeating pixels and a 3x3 convolution.
   *
   * @param convolution its weights
   * @return a map of twice the size
   */
  FeatureMap upsample(Weights convolution);

  /**
   * Does the same where the result is the largest map of the network.
   *
   * @param convolution its weights
   * @return a map of twice the size
   */
  FeatureMap upsampleToFinest(Weights convolution);

  /**
   * Halves each side by a 3x3 convolution, with zeros to the right and below.
   *
   * @param convolution its weights
   * @return a map of half the size
   */
  FeatureMap downsample(Weights convolution);

  /**
   * Ends a network: norm, silu and a 3x3 convolution.
   *
   * @param w holds {@code conv_norm_out} and {@code conv_out}
   * @param channels of the result
   * @return a tensor of the same size
   */
  Tensor head(Weights w, int channels);

  /**
   * The features, for layers that need all pixels at once.
   *
   * @return {@code [batch, channels, height, width]}
   */
  Tensor tensor();
}
