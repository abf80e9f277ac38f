package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;

/**
 * CLIP's text transformer (Radford et al., arXiv 2103.00020), pre-norm, with a causal mask; names
 * as in transformers' {@code CLIPTextModel}.
 */
public final class TextEncoder {
  /** An end token that older configs name wrongly; it means the largest of all tokens. */
  private static final int LARGEST = 2;

  private final TextEncoderConfig config;

  /**
   * Creates the architecture.
   *
   * @param config the sizes
   */
  public TextEncoder(TextEncoderConfig config) {
    this.config = config;
  }

  /**
   * What the encoder gives.
   *
   * @param last the last layer's output after the final layer norm, {@code [batch, length, width]}
   * @param penultimate the output of the last layer but one, without a norm, same shape
   * @param penultimateNormalized the same after the final layer norm, same shape
   */
  public record Output(Tensor last, Tensor penultimate, Tensor penultimateNormalized) {}

  /**
   * Whether a weight of the checkpoint is rightly unused.
   *
   * @param name its full name
   * @return true for the position numbers that older files store
   */
  public static boolean isLeftover(String name) {
    return name.endsWith("embeddings.position_ids");
  }

  /**
   * Writes the encoder.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64
   * @return the hidden states that pipelines use
   */
  public Output encode(Weights w, Tensor ids) {
    Weights model = w.at("text_model");
    Weights embeddings = model.at("embeddings");
    Weights tokens = embeddings.at("token_embedding.weight");
    Weights positions = embeddings.at("position_embedding.weight");
    int width = config.hiddenSize();

    Method method = ids.method();
    Tensor firstPositions =
        method.weight(positions, config.maxPositions(), width).slice(0, 0, ids.size(1));
    Tensor hidden = ids.embedding(tokens, config.vocabularySize(), width).plus(firstPositions);
    Tensor penultimate = hidden;
    for (int i = 0; i < config.layers(); i++) {
      penultimate = hidden;
      hidden = layer(model.at("encoder.layers").at(i), hidden);
    }
    Weights norm = model.at("final_layer_norm");
    double epsilon = config.layerNormEpsilon();
    return new Output(
        hidden.layerNorm(norm, epsilon), penultimate, penultimate.layerNorm(norm, epsilon));
  }

  /**
   * Writes the pooled text's projection, as transformers' {@code CLIPTextModelWithProjection} has
   * it.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64
   * @param last the last layer's output after the final layer norm, {@code [batch, length, width]}
   * @return {@code [batch, projection width]}
   */
  public Tensor project(Weights w, Tensor ids, Tensor last) {
    Tensor ends =
        config.endToken() == LARGEST
            ? ids.largestPositions()
            : ids.equalTo(config.endToken()).largestPositions();
    return last.elementsAt(ends)
        .linearWithoutBias(w.at("text_projection"), config.projectionWidth());
  }

  private Tensor layer(Weights w, Tensor x) {
    x = x.plus(selfAttention(w.at("self_attn"), norm(w.at("layer_norm1"), x)));
    return x.plus(feedForward(w.at("mlp"), norm(w.at("layer_norm2"), x)));
  }

  private Tensor selfAttention(Weights w, Tensor x) {
    int heads = config.heads();
    int width = config.hiddenSize();
    Tensor queries = x.linear(w.at("q_proj"), width).splitHeads(heads);
    Tensor keys = x.linear(w.at("k_proj"), width).splitHeads(heads);
    Tensor values = x.linear(w.at("v_proj"), width).splitHeads(heads);
    return queries.causalAttention(keys, values).joinHeads().linear(w.at("out_proj"), width);
  }

  private Tensor feedForward(Weights w, Tensor x) {
    Tensor inner = x.linear(w.at("fc1"), config.intermediateSize());
    Tensor active =
        switch (config.activation()) {
          case GELU -> inner.gelu();
          case QUICK_GELU -> inner.quickGelu();
        };
    return active.linear(w.at("fc2"), config.hiddenSize());
  }

  private Tensor norm(Weights w, Tensor x) {
    return x.layerNorm(w, config.layerNormEpsilon());
  }
}
