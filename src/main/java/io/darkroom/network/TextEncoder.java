package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Operand;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.List;

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
   * Whether a weight of the checkpoint is rightly unused.
   *
   * @param name its full name
   * @return true for the position numbers that older files store, and for the final layer norm,
   *     which nobody asks for where the layer but one is taken as it is, as from SDXL's first
   *     encoder
   */
  public static boolean isLeftover(String name) {
    return name.endsWith("embeddings.position_ids")
        || name.startsWith("text_model.final_layer_norm.");
  }

  /**
   * Writes the encoder.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64
   * @return the output of each layer in order, without a norm, {@code [batch, length, width]}
   */
  public List<Tensor> encode(Weights w, Tensor ids) {
    return encode(w, ids, ids.embedding(tokens(w), config.vocabularySize(), config.hiddenSize()));
  }

  /**
   * Writes the encoder with a token table that goes on beyond its own end.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64; from the vocabulary's size on they are
   *     rows of the further ones
   * @param further rows that follow those of the token table, {@code [1 or more, width]}
   * @return the output of each layer in order, without a norm, {@code [batch, length, width]}
   */
  public List<Tensor> encodeWithFurtherRows(Weights w, Tensor ids, Tensor further) {
    return encode(
        w, ids, ids.embedding(tokens(w), config.vocabularySize(), config.hiddenSize(), further));
  }

  /**
   * Writes the encoder as Stable Diffusion 1 uses it.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64
   * @return the last layer's output after the final layer norm, {@code [batch, length, width]}
   */
  public Tensor encodeToLast(Weights w, Tensor ids) {
    List<Tensor> layers = encode(w, ids);
    return finalNorm(w, layers.get(layers.size() - 1));
  }

  /**
   * Applies the final layer norm, as pipelines do to the layer that they choose.
   *
   * @param w the checkpoint's root
   * @param hidden a layer's output, {@code [batch, length, width]}
   * @return the same shape
   */
  public Tensor finalNorm(Weights w, Tensor hidden) {
    return norm(w.at("text_model.final_layer_norm"), hidden);
  }

  private static Weights tokens(Weights w) {
    return w.at("text_model.embeddings.token_embedding.weight");
  }

  private List<Tensor> encode(Weights w, Tensor ids, Tensor embedded) {
    Weights model = w.at("text_model");
    Weights positions = model.at("embeddings.position_embedding.weight");
    Method method = ids.method();
    Tensor firstPositions =
        method
            .weight(positions, config.maxPositions(), config.hiddenSize())
            .slice(0, Operand.of(0), ids.size(1));
    Tensor hidden = embedded.plus(firstPositions);
    List<Tensor> layers = new ArrayList<>();
    for (int i = 0; i < config.layers(); i++) {
      hidden = layer(model.at("encoder.layers").at(i), hidden);
      layers.add(hidden);
    }
    return List.copyOf(layers);
  }

  /**
   * Writes the pooled text's projection, as transformers' {@code CLIPTextModelWithProjection} has
   * it.
   *
   * @param w the checkpoint's root
   * @param ids token ids, {@code [batch, length]}, int64; those beyond the vocabulary, rows of an
   *     embedding, are never the end
   * @param last the last layer's output after the final layer norm, {@code [batch, length, width]}
   * @return {@code [batch, projection width]}
   */
  public Tensor project(Weights w, Tensor ids, Tensor last) {
    Tensor ends =
        config.endToken() == LARGEST
            ? ids.zeroFrom(config.vocabularySize()).argmax()
            : ids.equalTo(config.endToken()).argmax();
    return last.gather(ends).linearWithoutBias(w.at("text_projection"), config.projectionWidth());
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
