package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.List;

/** The first half of a U-Net: a convolution, the way down, and the middle block. */
final class UNetEncoder {
  private final UNetConfig config;
  private final UNetLayers layers;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  UNetEncoder(UNetConfig config) {
    this.config = config;
    this.layers = new UNetLayers(config);
  }

  /**
   * The first convolution.
   *
   * @param w the checkpoint's root
   * @param input {@code [batch, in_channels, height, width]}
   * @return {@code [batch, channels, height, width]}
   */
  Tensor convIn(Weights w, Tensor input) {
    int channels = config.blocks().get(0).channels();
    return input.channelsLast().conv2d(w.at("conv_in"), channels, 3);
  }

  /**
   * All that follows the first convolution.
   *
   * @param w the checkpoint's root
   * @param first the first convolution's result; of both branches in one, if they share it
   * @param conditioning where time and contexts come from
   * @param branches of guidance; they are split in the end
   * @return the features of each sample
   */
  UNetFeatures encode(
      Weights w, Tensor first, LayerConditioning conditioning, GuidanceBranches branches) {
    List<Tensor> skips = new ArrayList<>(List.of(first));
    Tensor x = first;
    for (int level = 0; level < config.blocks().size(); level++) {
      x = down(w.at("down_blocks").at(level), level, x, skips, conditioning, branches);
    }
    x = middle(w.at("mid_block"), x, skips, conditioning, branches);
    Tensor middle = branches.perBranch(x);
    branches.split(skips);
    return new UNetFeatures(skips, middle);
  }

  private Tensor down(
      Weights w,
      int level,
      Tensor x,
      List<Tensor> skips,
      LayerConditioning conditioning,
      GuidanceBranches branches) {
    UNetConfig.Block block = config.blocks().get(level);
    for (int i = 0; i < config.layersPerBlock(); i++) {
      x = layers.residual(w.at("resnets").at(i), x, block.channels(), conditioning);
      x = attention(block.down(), i, block.heads(), w, x, skips, conditioning, branches);
      skips.add(x);
    }
    if (level < config.blocks().size() - 1) {
      x = x.conv2d(w.at("downsamplers.0.conv"), x.channels(), 3, 2, config.downsamplePadding());
      skips.add(x);
    }
    return x;
  }

  private Tensor middle(
      Weights w,
      Tensor x,
      List<Tensor> skips,
      LayerConditioning conditioning,
      GuidanceBranches branches) {
    UNetConfig.Block deepest = config.blocks().get(config.blocks().size() - 1);
    UNetConfig.Middle middle = config.middle();
    for (int i = 0; i < middle.residualBlocks(); i++) {
      x = layers.residual(w.at("resnets").at(i), x, deepest.channels(), conditioning);
      if (i == 0) {
        x = attention(middle.attention(), 0, deepest.heads(), w, x, skips, conditioning, branches);
      }
    }
    return x;
  }

  /** What was made before a context came in is each branch's own from here on. */
  private Tensor attention(
      UNetConfig.Attention attention,
      int index,
      int heads,
      Weights w,
      Tensor x,
      List<Tensor> skips,
      LayerConditioning conditioning,
      GuidanceBranches branches) {
    Tensor seen =
        layers.attention(attention, index, heads, w.at("attentions"), x, conditioning, branches);
    if (attention.hearsContexts()) {
      branches.split(skips);
    }
    return seen;
  }
}
