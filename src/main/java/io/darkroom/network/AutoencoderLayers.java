package io.darkroom.network;

import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The encoder and the decoder that the paper's two kinds of autoencoders share (Rombach et al.,
 * arXiv 2112.10752, section 3.1 and appendix G); diffusers' {@code Encoder} and {@code Decoder}.
 *
 * @param blockChannels channels of each level, from the finest
 * @param layersPerBlock residual blocks of a level in the encoder; one more in the decoder
 * @param normGroups groups of every group norm
 * @param middleAttention whether the middle block attends
 * @param attentiveDown the levels of the encoder with attention behind each residual block, from
 *     the finest
 * @param attentiveUp likewise of the decoder, from the coarsest
 */
record AutoencoderLayers(
    List<Integer> blockChannels,
    int layersPerBlock,
    int normGroups,
    boolean middleAttention,
    Set<Integer> attentiveDown,
    Set<Integer> attentiveUp) {
  private static final int IMAGE_CHANNELS = 3;
  private static final double EPSILON = 1e-6;

  /** Takes its own copies. */
  AutoencoderLayers {
    blockChannels = List.copyOf(blockChannels);
    attentiveDown = Set.copyOf(attentiveDown);
    attentiveUp = Set.copyOf(attentiveUp);
  }

  /** Features whose layers are computed at once. */
  FeatureMap whole(Tensor features) {
    return new WholeFeatureMap(features, residualBlock());
  }

  /** Features whose layers are computed in strips of so many elements. */
  FeatureMap inStrips(Tensor features, int strip) {
    return new FeatureMapInStrips(features, List.of(), residualBlock(), strip);
  }

  private ResidualBlock residualBlock() {
    return new ResidualBlock(normGroups, EPSILON);
  }

  /**
   * Writes the encoder.
   *
   * @param encoder its weights
   * @param image {@code [batch, 3, H, W]}, -1 to 1
   * @param channels of the result
   * @param computing how the finer levels are computed
   * @return {@code [batch, channels, h, w]}
   */
  Tensor encode(
      Weights encoder, Tensor image, int channels, Function<Tensor, FeatureMap> computing) {
    int finest = blockChannels.get(0);
    int levels = blockChannels.size();
    FeatureMap x = computing.apply(image.channelsLast().conv2d(encoder.at("conv_in"), finest, 3));
    for (int level = 0; level < levels; level++) {
      Weights block = encoder.at("down_blocks").at(level);
      x = level(block, x, layersPerBlock, blockChannels.get(level), attentiveDown.contains(level));
      if (level < levels - 1) {
        x = x.downsample(block.at("downsamplers.0.conv"));
      }
    }
    return whole(middle(encoder.at("mid_block"), x.tensor())).head(encoder, channels);
  }

  /**
   * Writes the decoder.
   *
   * @param decoder its weights
   * @param latents {@code [batch, C, h, w]}
   * @param computing how the finer levels are computed
   * @return the image, {@code [batch, 3, H, W]}, -1 to 1
   */
  Tensor decode(Weights decoder, Tensor latents, Function<Tensor, FeatureMap> computing) {
    int levels = blockChannels.size();
    int deepest = blockChannels.get(levels - 1);
    Tensor first = latents.conv2d(decoder.at("conv_in"), deepest, 3);
    FeatureMap x = computing.apply(middle(decoder.at("mid_block"), first));
    for (int level = 0; level < levels; level++) {
      Weights block = decoder.at("up_blocks").at(level);
      int channels = blockChannels.get(levels - 1 - level);
      x = level(block, x, layersPerBlock + 1, channels, attentiveUp.contains(level));
      Weights larger = block.at("upsamplers.0.conv");
      if (level < levels - 2) {
        x = x.upsample(larger);
      } else if (level == levels - 2) {
        x = x.upsampleToFinest(larger);
      }
    }
    return x.head(decoder, IMAGE_CHANNELS);
  }

  private static FeatureMap level(
      Weights block, FeatureMap x, int count, int channels, boolean attends) {
    for (int i = 0; i < count; i++) {
      x = x.residual(block.at("resnets").at(i), channels);
      if (attends) {
        x = x.attention(block.at("attentions").at(i));
      }
    }
    return x;
  }

  private Tensor middle(Weights w, Tensor x) {
    ResidualBlock residual = residualBlock();
    x = residual.apply(w.at("resnets.0"), x, x.channels());
    if (middleAttention) {
      x = residual.attention().apply(w.at("attentions.0"), x);
    }
    return residual.apply(w.at("resnets.1"), x, x.channels());
  }
}
