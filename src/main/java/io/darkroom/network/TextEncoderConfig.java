package io.darkroom.network;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;

/**
 * The sizes of a CLIP text encoder, as {@code text_encoder/config.json} has them.
 *
 * @param vocabularySize rows of the token table
 * @param hiddenSize the width
 * @param intermediateSize the width inside the feed-forward
 * @param layers transformer layers
 * @param heads attention heads
 * @param maxPositions rows of the position table
 * @param activation the feed-forward's activation
 * @param layerNormEpsilon added to the variance in each norm
 * @param endToken the token whose place in the last layer stands for the whole text
 * @param projectionWidth the width of the projected pooled text, where the encoder has one
 */
public record TextEncoderConfig(
    int vocabularySize,
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int maxPositions,
    Activation activation,
    double layerNormEpsilon,
    int endToken,
    int projectionWidth) {

  /** An activation that CLIP encoders use. */
  public enum Activation {
    /** The exact gelu. */
    GELU,
    /** x sigmoid(1.702 x). */
    QUICK_GELU
  }

  /** Checks that the heads share the width. */
  public TextEncoderConfig {
    if (heads < 1 || hiddenSize % heads != 0) {
      throw new IllegalArgumentException(hiddenSize + " channels do not divide into " + heads);
    }
  }

  /**
   * Reads {@code text_encoder/config.json}; absent keys take the defaults of transformers' {@code
   * CLIPTextConfig}.
   *
   * @param config the file
   * @return the sizes
   * @throws ModelException if it asks for what Darkroom does not run
   */
  public static TextEncoderConfig parse(JsonConfig config) {
    Supported.only(config, "\"clip_text_model\"", "model_type");
    int width = config.integer("hidden_size", 512);
    int heads = config.integer("num_attention_heads", 8);
    if (heads < 1 || width % heads != 0) {
      throw new ModelException(
          "%s: hidden_size %d does not divide into num_attention_heads %d"
              .formatted(config.source(), width, heads));
    }
    return new TextEncoderConfig(
        config.integer("vocab_size", 49408),
        width,
        config.integer("intermediate_size", 2048),
        config.integer("num_hidden_layers", 12),
        heads,
        config.integer("max_position_embeddings", 77),
        activation(config),
        config.number("layer_norm_eps", 1e-5),
        config.integer("eos_token_id", 49407),
        config.integer("projection_dim", 512));
  }

  private static Activation activation(JsonConfig config) {
    String name = config.text("hidden_act", "quick_gelu");
    return switch (name) {
      case "gelu" -> Activation.GELU;
      case "quick_gelu" -> Activation.QUICK_GELU;
      default ->
          throw new ModelException(
              "%s: hidden_act is %s, which Darkroom does not run; it runs gelu, quick_gelu"
                  .formatted(config.source(), name));
    };
  }
}
