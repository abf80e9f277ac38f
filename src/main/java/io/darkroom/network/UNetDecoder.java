package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The second half of a U-Net: the way up, and the last convolution. */
final class UNetDecoder {
  private final UNetConfig config;
  private final UNetLayers layers;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  UNetDecoder(UNetConfig config) {
    this.config = config;
    this.layers = new UNetLayers(config);
  }

  /**
   * The way up but for its last layer, which alone sees the first skip.
   *
   * @param w the checkpoint's root
   * @param features the encoder's
   * @param conditioning where time and contexts come from
   * @return {@code [batch, channels, height, width]}
   */
  Tensor deepLayers(Weights w, UNetFeatures features, LayerConditioning conditioning) {
    Deque<Tensor> skips = new ArrayDeque<>();
    List<Tensor> all = features.skips();
    all.subList(1, all.size()).forEach(skips::push);
    Tensor x = features.middle();
    for (int i = 0; i < config.blocks().size(); i++) {
      x = up(w.at("up_blocks").at(i), i, x, skips, conditioning);
    }
    return x;
  }

  /**
   * The last layer of the way up, and the end.
   *
   * @param w the checkpoint's root
   * @param deep the deep layers' result
   * @param first the first skip
   * @param conditioning where time and contexts come from
   * @return the prediction, {@code [batch, out_channels, height, width]}
   */
  Tensor lastLayers(Weights w, Tensor deep, Tensor first, LayerConditioning conditioning) {
    Weights block = w.at("up_blocks").at(config.blocks().size() - 1);
    UNetConfig.Block finest = config.blocks().get(0);
    return convOut(w, layer(block, finest, config.layersPerBlock(), deep, first, conditioning));
  }

  private Tensor convOut(Weights w, Tensor x) {
    return x.groupNorm(w.at("conv_norm_out"), config.normGroups(), config.normEpsilon())
        .silu()
        .conv2d(w.at("conv_out"), config.outChannels(), 3);
  }

  private Tensor up(
      Weights w, int index, Tensor x, Deque<Tensor> skips, LayerConditioning conditioning) {
    UNetConfig.Block block = config.blocks().get(config.blocks().size() - 1 - index);
    int count = config.layersPerBlock() + 1;
    for (int i = 0; i < count && !skips.isEmpty(); i++) {
      x = layer(w, block, i, x, skips.pop(), conditioning);
    }
    if (index < config.blocks().size() - 1) {
      // To the skip's own size, which is not the double where a latent's side is odd.
      Tensor skip = skips.peek();
      x =
          x.upsampleNearest(skip.size(2), skip.size(3))
              .conv2d(w.at("upsamplers.0.conv"), x.channels(), 3);
    }
    return x;
  }

  private Tensor layer(
      Weights w,
      UNetConfig.Block block,
      int index,
      Tensor x,
      Tensor skip,
      LayerConditioning conditioning) {
    Tensor joined = Tensor.concatenate(1, x, skip);
    x = layers.residual(w.at("resnets").at(index), joined, block.channels(), conditioning);
    return layers.attention(
        block.up(),
        index,
        block.heads(),
        w.at("attentions"),
        x,
        conditioning,
        GuidanceBranches.alreadySplit());
  }
}
