package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * Self-attention over all pixels of a feature map, the residual inside: diffusers' {@code
 * Attention} as autoencoders and unconditional U-Nets have it, and the original's {@code
 * AttnBlock}.
 *
 * @param groups of the norm before it
 * @param epsilon of that norm
 * @param heads attention heads
 */
record PixelAttention(int groups, double epsilon, int heads) {
  /**
   * Writes the layer.
   *
   * @param w its weights
   * @param image {@code [batch, channels, height, width]}
   * @return the same shape
   */
  Tensor apply(Weights w, Tensor image) {
    int channels = image.channels();
    Tensor x = image.groupNorm(w.at("group_norm"), groups, epsilon).pixelsToSequence();
    Tensor queries = x.linear(w.at("to_q"), channels).splitHeads(heads);
    Tensor keys = x.linear(w.at("to_k"), channels).splitHeads(heads);
    Tensor values = x.linear(w.at("to_v"), channels).splitHeads(heads);
    Tensor seen = queries.attention(keys, values).joinHeads().linear(w.at("to_out.0"), channels);
    return image.plus(seen.sequenceToPixels(image));
  }
}
