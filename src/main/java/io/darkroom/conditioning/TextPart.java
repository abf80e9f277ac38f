package io.darkroom.conditioning;

import io.darkroom.base.ModelException;
import io.darkroom.model.Component;
import io.darkroom.model.ModelKind;
import io.darkroom.model.ModelSource;
import io.darkroom.model.TextSlot;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.Precision;
import java.util.List;

/**
 * One of a model's text encoders: Stable Diffusion 1 and 2 have one, SDXL has two.
 *
 * @param slot its place in the model
 * @param vectors which of an embedding's vectors are for it
 * @param config its sizes
 */
public record TextPart(TextSlot slot, TextualInversion.Encoder vectors, TextEncoderConfig config) {
  /**
   * Reads which text encoders a model has.
   *
   * @param source the model
   * @param unet which is to fit its kind
   * @return one or two
   * @throws ModelException if a config is missing, malformed or not supported, or the U-Net is of
   *     another kind than the model
   */
  public static List<TextPart> of(ModelSource source, UNetConfig unet) {
    ModelKind kind = source.kind();
    if (kind.addsTextAndSizes() != unet.addition().isPresent()) {
      throw new ModelException(
          "%s: addition_embed_type must %s in a %s"
              .formatted(
                  source.settings(Component.UNET).source(),
                  kind.addsTextAndSizes() ? "be text_time" : "be absent",
                  kind.pipeline()));
    }
    return kind.textSlots().stream().map(slot -> of(source, slot)).toList();
  }

  private static TextPart of(ModelSource source, TextSlot slot) {
    TextualInversion.Encoder vectors = TextualInversion.Encoder.ONLY;
    if (slot.encoder() == Component.TEXT_ENCODER_2) {
      vectors = TextualInversion.Encoder.SECOND;
    } else if (source.kind().textSlots().size() > 1) {
      vectors = TextualInversion.Encoder.FIRST;
    }
    return new TextPart(slot, vectors, TextEncoderConfig.parse(source.settings(slot.encoder())));
  }

  /**
   * Checks that the text encoders give what the U-Net takes.
   *
   * @param parts all of a model's
   * @param unet its U-Net
   * @param unetSource what to call the U-Net's config
   * @throws ModelException if they do not
   */
  public static void requireFit(List<TextPart> parts, UNetConfig unet, String unetSource) {
    if (parts.isEmpty()) {
      return; // without a text encoder there is nothing to fit
    }
    int width = parts.stream().mapToInt(part -> part.config.hiddenSize()).sum();
    if (unet.contextWidth() != width) {
      throw new ModelException(
          "%s: cross_attention_dim is %d, but the text encoder%s %d"
              .formatted(
                  unetSource,
                  unet.contextWidth(),
                  parts.size() == 1 ? " gives" : "s together give",
                  width));
    }
    int pooled = parts.get(parts.size() - 1).config.projectionWidth();
    if (unet.addition().isPresent() && unet.addition().get().pooledWidth() != pooled) {
      throw new ModelException(
          "%s: projection_class_embeddings_input_dim leaves %d for the pooled text, but the second"
                  .formatted(unetSource, unet.addition().get().pooledWidth())
              + " text encoder's projection_dim is %d".formatted(pooled));
    }
  }

  /**
   * Checks that several tokenizers make prompts of one length.
   *
   * @param source the model
   * @param stages its text encoders
   * @throws ModelException if they do not
   */
  public static void requireEqualLengths(ModelSource source, List<TextStage> stages) {
    List<Integer> lengths =
        stages.stream().map(stage -> stage.tokenizer().maxLength()).distinct().toList();
    if (lengths.size() > 1) {
      throw new ModelException(
          "%s: its tokenizers make prompts of %d and %d tokens; they must agree"
              .formatted(source.name(), lengths.get(0), lengths.get(1)));
    }
  }

  /**
   * Opens its tokenizer.
   *
   * @param source the model
   * @return the tokenizer, which the caller closes
   * @throws ModelException if it is malformed or does not fit the text encoder
   */
  public ClipTokenizer openTokenizer(ModelSource source) {
    ClipTokenizer opened =
        ClipTokenizer.open(
            source.tokenizer(slot.tokenizer()),
            source.paddingToken(slot.tokenizer()),
            source.promptLength(slot.tokenizer()));
    if (opened.maxLength() > config.maxPositions()
        || opened.vocabularySize() > config.vocabularySize()) {
      opened.close();
      throw new ModelException(
          "%s: the tokenizer has %d tokens and up to %d a prompt, the text encoder %d and %d"
              .formatted(
                  source.tokenizer(slot.tokenizer()),
                  opened.vocabularySize(),
                  opened.maxLength(),
                  config.vocabularySize(),
                  config.maxPositions()));
    }
    return opened;
  }

  /**
   * Makes the rows that follow the text encoder's token table.
   *
   * @param known what prompts may name
   * @param opened its tokenizer
   * @return the table
   * @throws ModelException if one that must be usable is not for this model
   */
  public EmbeddingTable embeddings(KnownEmbeddings known, ClipTokenizer opened) {
    return new EmbeddingTable(
        known.given(),
        known.offered(),
        opened,
        vectors,
        config.vocabularySize(),
        config.hiddenSize());
  }

  /**
   * Checks that it can use an embedding.
   *
   * @param embedding the embedding
   * @param opened its tokenizer
   * @throws ModelException if it cannot
   */
  public void requireUsable(TextualInversion embedding, ClipTokenizer opened) {
    EmbeddingTable.requireUsable(embedding, opened, vectors, config.hiddenSize());
  }

  /**
   * Writes the text encoder.
   *
   * @param loader of this model
   * @param precision what it computes in
   * @return the network, not yet loaded
   */
  public NetworkLoader.Network network(NetworkLoader loader, Precision precision) {
    return loader.write(
        slot.encoder(),
        precision,
        (catalog, script) ->
            TextStage.write(new TextEncoder(config), slot.output(), catalog.root(), script),
        TextEncoder::isLeftover);
  }
}
