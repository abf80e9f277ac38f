package io.darkroom.network;

import io.darkroom.network.LayerConditioning.KeysAndValues;
import io.darkroom.network.UNetConfig.CrossAttention;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * The block by which text enters the U-Net (Rombach et al., arXiv 2112.10752, section 3.3): the
 * image's pixels as a sequence, through self-attention, cross-attention to the text, and a gated
 * feed-forward; diffusers' {@code Transformer2DModel}.
 *
 * @param layers transformer blocks
 * @param first what the first attention of each sees: the pixels, or the text, too
 * @param heads attention heads
 * @param groups of the norm before it
 * @param linearProjection whether the way in and out is a linear layer (SD 2.x) or a 1x1
 *     convolution (SD 1.x)
 * @param upcastAttention whether attention is to be computed in float32 whatever the arithmetic
 */
record SpatialTransformer(
    int layers,
    CrossAttention.First first,
    int heads,
    int groups,
    boolean linearProjection,
    boolean upcastAttention) {
  private static final double GROUP_NORM_EPSILON = 1e-6;
  private static final int FEED_FORWARD_FACTOR = 4;
  private static final double LAYER_NORM_EPSILON = 1e-5;

  /**
   * Writes the block.
   *
   * @param w its weights
   * @param image {@code [batch, channels, height, width]}
   * @param conditioning where the text comes from
   * @param branches of guidance, which part here if they are one
   * @return the same shape; of both branches
   */
  Tensor apply(Weights w, Tensor image, LayerConditioning conditioning, GuidanceBranches branches) {
    int channels = image.channels();
    Tensor x = image.groupNorm(w.at("norm"), groups, GROUP_NORM_EPSILON);
    x =
        linearProjection
            ? x.pixelsToSequence().linear(w.at("proj_in"), channels)
            : x.conv2d(w.at("proj_in"), channels, 1).pixelsToSequence();
    for (int i = 0; i < layers; i++) {
      GuidanceBranches here = i == 0 ? branches : GuidanceBranches.alreadySplit();
      x = block(w.at("transformer_blocks").at(i), x, conditioning, here);
    }
    x =
        linearProjection
            ? x.linear(w.at("proj_out"), channels).sequenceToPixels(image)
            : x.sequenceToPixels(image).conv2d(w.at("proj_out"), channels, 1);
    return branches.perBranch(image).plus(x);
  }

  private Tensor block(
      Weights w, Tensor x, LayerConditioning conditioning, GuidanceBranches branches) {
    if (first == CrossAttention.First.CONTEXT) {
      x = branches.perBranch(x); // the text comes in at once
    }
    Tensor normed = norm(w.at("norm1"), x);
    Weights self = w.at("attn1");
    List<KeysAndValues> seen =
        first == CrossAttention.First.CONTEXT
            ? conditioning.contexts(self, x.channels(), heads)
            : List.of(KeysAndValues.of(self, normed, x.channels(), heads));
    x = x.plus(attention(self, normed, seen));
    if (first == CrossAttention.First.PIXELS) {
      x = branches.perBranch(x);
    }
    Weights cross = w.at("attn2");
    List<KeysAndValues> contexts = conditioning.contexts(cross, x.channels(), heads);
    x = x.plus(attention(cross, norm(w.at("norm2"), x), contexts));
    return x.plus(gatedFeedForward(w.at("ff.net"), norm(w.at("norm3"), x)));
  }

  /** What is seen of each context is added up. */
  private Tensor attention(Weights w, Tensor x, List<KeysAndValues> contexts) {
    Tensor queries = x.linearWithoutBias(w.at("to_q"), x.channels()).splitHeads(heads);
    Tensor seen =
        contexts.stream().map(context -> seen(queries, context)).reduce(Tensor::plus).orElseThrow();
    return seen.joinHeads().linear(w.at("to_out.0"), x.channels());
  }

  private Tensor seen(Tensor queries, KeysAndValues context) {
    Tensor keys = context.keys();
    Tensor values = context.values();
    boolean upcast =
        upcastAttention && queries.method().precision().compute() != Precision.Format.FLOAT32;
    return upcast
        ? queries
            .to(Precision.Format.FLOAT32)
            .attention(keys.to(Precision.Format.FLOAT32), values.to(Precision.Format.FLOAT32))
            .toCompute()
        : queries.attention(keys, values);
  }

  /** GEGLU (Shazeer, arXiv 2002.05202): one half times the gelu of the other. */
  private static Tensor gatedFeedForward(Weights w, Tensor x) {
    int inner = FEED_FORWARD_FACTOR * x.channels();
    List<Tensor> halves = x.linear(w.at("0.proj"), 2 * inner).chunk(2, -1);
    return halves.get(0).times(halves.get(1).gelu()).linear(w.at(2), x.channels());
  }

  private static Tensor norm(Weights w, Tensor x) {
    return x.layerNorm(w, LAYER_NORM_EPSILON);
  }
}
