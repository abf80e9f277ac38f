package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * The layers that a U-Net's encoder and its decoder are made of.
 *
 * @param config their sizes
 */
record UNetLayers(UNetConfig config) {
  /**
   * A residual block that is told the timestep.
   *
   * @param w its weights
   * @param x {@code [batch, in, height, width]}
   * @param channels of the result
   * @param conditioning where the timestep comes from
   * @return {@code [batch, channels, height, width]}
   */
  Tensor residual(Weights w, Tensor x, int channels, LayerConditioning conditioning) {
    return new ResidualBlock(config.normGroups(), config.normEpsilon())
        .apply(w, x, channels, conditioning.time(w.at("time_emb_proj"), channels));
  }

  /**
   * The attention behind a residual block.
   *
   * @param attention the level's
   * @param index of the residual block in its level
   * @param heads attention heads
   * @param w the weights of the level's attentions
   * @param x {@code [batch, channels, height, width]}
   * @param conditioning where the contexts come from
   * @param branches of guidance, which split where they first hear of a context
   * @return the same shape, or the same tensor where there is no attention
   */
  Tensor attention(
      UNetConfig.Attention attention,
      int index,
      int heads,
      Weights w,
      Tensor x,
      LayerConditioning conditioning,
      GuidanceBranches branches) {
    if (attention instanceof UNetConfig.SelfAttention) {
      return new PixelAttention(config.normGroups(), config.normEpsilon(), heads)
          .apply(w.at(index), x);
    }
    if (attention instanceof UNetConfig.CrossAttention cross) {
      return new SpatialTransformer(
              cross.depths().get(index),
              cross.first(),
              heads,
              config.normGroups(),
              config.linearProjection(),
              config.upcastAttention())
          .apply(w.at(index), x, conditioning, branches);
    }
    return x;
  }
}
