package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.TextEncoder;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.LoraTag;
import io.darkroom.text.PromptChunk;
import io.darkroom.text.PromptChunker;
import io.darkroom.text.PromptSyntax;
import io.darkroom.text.TextualInversion;
import io.darkroom.text.TokenizedPrompt;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * From prompts to what the U-Net attends to: chunks of tokens through the text encoder, weighted,
 * one after another.
 */
final class PromptEncoder {
  private static final String ENCODE = "encode";

  private final ClipTokenizer tokenizer;
  private final EmbeddingTable embeddings;
  private final LoadedModule textEncoder;
  private final int layers;
  private final PromptChunker chunker;

  /**
   * A prompt and how it is to be read.
   *
   * @param prompt the user's words
   * @param syntax how they are split into chunks
   * @param layer which layer's output counts, from the end: 1 for the last
   */
  private record Text(String prompt, PromptSyntax syntax, int layer) {}

  /**
   * Joins the parts.
   *
   * @param tokenizer the text encoder's; still the caller's
   * @param embeddings what stands in a prompt by its name
   * @param textEncoder a module that {@link #write} has written; still the caller's
   * @param layers how many layers it has
   */
  PromptEncoder(
      ClipTokenizer tokenizer, EmbeddingTable embeddings, LoadedModule textEncoder, int layers) {
    this.tokenizer = tokenizer;
    this.embeddings = embeddings;
    this.textEncoder = textEncoder;
    this.layers = layers;
    this.chunker = new PromptChunker(tokenizer, embeddings);
  }

  /**
   * Writes the module's method: token ids and further rows of the token table in, the output of
   * each layer after the final norm out, in float32.
   *
   * @param encoder the architecture
   * @param w its weights
   * @param script where the method goes
   */
  static void write(TextEncoder encoder, Weights w, Script script) {
    Method encode = script.method(ENCODE);
    TextEncoder.Output output =
        encoder.encodeWithFurtherRows(w, encode.tensor("ids", 1), encode.tensor("further", 1));
    encode.returns(
        output.layers().stream()
            .map(hidden -> encoder.finalNorm(w, hidden).to(Precision.Format.FLOAT32))
            .toList());
  }

  /**
   * Checks that the text encoder has the layer that a request wants.
   *
   * @param request the request
   * @throws InvalidRequestException if it has not
   */
  void check(ImageRequest request) {
    if (request.clipSkip() > layers) {
      throw new InvalidRequestException(
          "clip skip %d is too much: the model's text encoder has %d layers"
              .formatted(request.clipSkip(), layers));
    }
  }

  /**
   * How long the texts of a request are together.
   *
   * @param request the request
   * @return how many chunks its longer text has, at least 1
   */
  int chunks(ImageRequest request) {
    return texts(request).mapToInt(text -> chunks(text).size()).max().orElse(1);
  }

  /**
   * Tells whether it matters how the texts of a request are read.
   *
   * @param request the request
   * @return whether its texts mean something else when read plainly
   */
  boolean dependsOnSyntax(ImageRequest request) {
    List<Text> weighted = texts(request.withPromptSyntax(PromptSyntax.WEIGHTED)).toList();
    List<Text> plain = texts(request.withPromptSyntax(PromptSyntax.PLAIN)).toList();
    return IntStream.range(0, plain.size())
        .anyMatch(
            i ->
                weighted.get(i).layer() != plain.get(i).layer()
                    || !chunks(weighted.get(i)).equals(chunks(plain.get(i))));
  }

  /**
   * The embeddings that a request's texts name.
   *
   * @param request the request
   * @return each once, the negative prompt's first
   */
  List<TextualInversion> embeddings(ImageRequest request) {
    return texts(request)
        .flatMap(text -> chunks(text).stream())
        .flatMap(chunk -> embeddings.usedBy(chunk, tokenizer.vocabularySize()).stream())
        .distinct()
        .toList();
  }

  /**
   * What steers a picture: the negative prompt, if it counts, and the prompt. Read plainly, a
   * negative prompt always has the last layer, as in diffusers; AUTOMATIC1111's web UI skips layers
   * for both.
   */
  private static Stream<Text> texts(ImageRequest request) {
    PromptSyntax syntax = request.promptSyntax();
    int layer = Math.max(1, request.clipSkip());
    Text prompt = new Text(LoraTag.removedFrom(request.prompt()), syntax, layer);
    int negativeLayer = syntax == PromptSyntax.PLAIN ? 1 : layer;
    return request.isGuided()
        ? Stream.of(new Text(request.negativePrompt(), syntax, negativeLayer), prompt)
        : Stream.of(prompt);
  }

  private List<PromptChunk> chunks(Text text) {
    return text.syntax() == PromptSyntax.WEIGHTED
        ? chunker.chunks(text.prompt())
        : List.of(chunker.plain(tokenizer.encode(text.prompt())));
  }

  /**
   * Encodes what a batch is steered by, each distinct text once.
   *
   * @param requests the batch, of equal {@link #chunks}
   * @param listener hears of texts that are cut
   * @param scratch owns the result
   * @return {@code [batch, chunks * length, width]}, float32; with guidance twice the batch, the
   *     negative prompts first
   */
  NDArray embed(List<ImageRequest> requests, PipelineListener listener, NDManager scratch) {
    List<List<Text>> perPicture = requests.stream().map(r -> texts(r).toList()).toList();
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < perPicture.get(0).size(); i++) {
      for (List<Text> own : perPicture) {
        texts.add(own.get(i));
      }
    }
    Map<Text, Integer> rows = new LinkedHashMap<>();
    texts.forEach(text -> rows.putIfAbsent(text, rows.size()));
    warnOfCuts(rows.keySet(), listener);

    int count = requests.stream().mapToInt(this::chunks).max().orElse(1);
    List<PromptChunk> chunks = new ArrayList<>();
    List<Integer> chunkLayers = new ArrayList<>();
    for (Text text : rows.keySet()) {
      List<PromptChunk> own = chunks(text);
      chunks.addAll(own);
      for (int i = own.size(); i < count; i++) {
        chunks.add(chunker.empty());
      }
      chunkLayers.addAll(Collections.nCopies(count, text.layer()));
    }
    NDArray embedded =
        Emphasis.apply(encode(chunks, chunkLayers, scratch), chunks)
            .reshape(rows.size(), (long) count * tokenizer.maxLength(), embeddings.width());
    long[] order = texts.stream().mapToLong(rows::get).toArray();
    return embedded.get(scratch.create(order));
  }

  /** {@code [chunks, length, width]}. */
  private NDArray encode(List<PromptChunk> chunks, List<Integer> chunkLayers, NDManager scratch) {
    int length = tokenizer.maxLength();
    long[] ids = new long[chunks.size() * length];
    for (int i = 0; i < chunks.size(); i++) {
      System.arraycopy(chunks.get(i).ids(), 0, ids, i * length, length);
    }
    NDArray further =
        scratch.create(embeddings.values(), new Shape(embeddings.rows(), embeddings.width()));
    List<NDArray> outputs =
        textEncoder.callForTensors(
            ENCODE, scratch.create(ids, new Shape(chunks.size(), length)), further);
    int layer = chunkLayers.get(0);
    if (chunkLayers.stream().allMatch(other -> other == layer)) {
      return outputs.get(layers - layer);
    }
    NDList chosen = new NDList();
    for (int i = 0; i < chunks.size(); i++) {
      chosen.add(outputs.get(layers - chunkLayers.get(i)).get(i));
    }
    return NDArrays.stack(chosen);
  }

  private void warnOfCuts(Set<Text> texts, PipelineListener listener) {
    Set<String> warnings = new LinkedHashSet<>();
    for (Text text : texts) {
      if (text.syntax() == PromptSyntax.PLAIN) {
        TokenizedPrompt tokens = tokenizer.encode(text.prompt());
        if (!tokens.lost().isBlank()) {
          warnings.add(
              "the prompt is longer than %d tokens; this part has no effect: %s"
                  .formatted(tokenizer.maxLength() - 2, tokens.lost().strip()));
        }
      }
    }
    warnings.forEach(listener::onWarning);
  }
}
