package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.TextEncoder;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.PromptChunk;
import io.darkroom.text.PromptChunker;
import io.darkroom.text.PromptSyntax;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One text encoder of a model, with its tokenizer: chunks of tokens in, hidden states out. */
final class TextStage {
  private static final String ENCODE = "encode";

  private final ClipTokenizer tokenizer;
  private final EmbeddingTable embeddings;
  private final Residence textEncoder;
  private final Use use;
  private final int layers;
  private final PromptChunker chunker;

  /** What is taken of a text encoder. */
  enum Use {
    /** The last layer, normalized: Stable Diffusion 1 and 2. */
    LAST(1, TextualInversion.Encoder.ONLY),
    /** The last layer but one, as it is: SDXL's first. */
    PENULTIMATE(2, TextualInversion.Encoder.FIRST),
    /** That and the projected pooled text: SDXL's second. */
    PENULTIMATE_AND_POOLED(2, TextualInversion.Encoder.SECOND);

    private final int layer;
    private final TextualInversion.Encoder encoder;

    Use(int layer, TextualInversion.Encoder encoder) {
      this.layer = layer;
      this.encoder = encoder;
    }

    /** Which vectors of an embedding are for it. */
    TextualInversion.Encoder encoder() {
      return encoder;
    }

    /** The layer that counts where nobody chooses, from the end. */
    int layer() {
      return layer;
    }
  }

  /**
   * What a text encoder gives.
   *
   * @param hidden weighted hidden states, float32 {@code [chunks, length, width]}
   * @param pooled the projected pooled text, float32 {@code [chunks, width]}, if it gives one
   */
  record Output(NDArray hidden, Optional<NDArray> pooled) {}

  /**
   * Joins the parts.
   *
   * @param tokenizer the text encoder's; still the caller's
   * @param embeddings what stands in a prompt by its name
   * @param textEncoder a module that {@link #write} has written; still the caller's
   * @param use what is taken of it
   * @param layers how many layers it has
   */
  TextStage(
      ClipTokenizer tokenizer,
      EmbeddingTable embeddings,
      Residence textEncoder,
      Use use,
      int layers) {
    this.tokenizer = tokenizer;
    this.embeddings = embeddings;
    this.textEncoder = textEncoder;
    this.use = use;
    this.layers = layers;
    this.chunker = new PromptChunker(tokenizer, embeddings);
  }

  /**
   * Writes the module's method: token ids and further rows of the token table in; out, in float32,
   * the output of each layer, and last the pooled text where it is used.
   *
   * @param encoder the architecture
   * @param use what is taken of it
   * @param w its weights
   * @param script where the method goes
   */
  static void write(TextEncoder encoder, Use use, Weights w, Script script) {
    Method encode = script.method(ENCODE);
    Tensor ids = encode.tensor("ids", 1);
    List<Tensor> layers = encoder.encodeWithFurtherRows(w, ids, encode.tensor("further", 1));
    List<Tensor> results = new ArrayList<>();
    for (Tensor hidden : layers) {
      Tensor taken = use == Use.LAST ? encoder.finalNorm(w, hidden) : hidden;
      results.add(taken.to(Precision.Format.FLOAT32));
    }
    if (use == Use.PENULTIMATE_AND_POOLED) {
      Tensor last = encoder.finalNorm(w, layers.get(layers.size() - 1));
      results.add(encoder.project(w, ids, last).to(Precision.Format.FLOAT32));
    }
    encode.returns(results);
  }

  ClipTokenizer tokenizer() {
    return tokenizer;
  }

  int layers() {
    return layers;
  }

  /** The layer that counts where nobody chooses, from the end. */
  int ownLayer() {
    return use.layer();
  }

  /** Splits a text. */
  List<PromptChunk> chunks(String prompt, PromptSyntax syntax) {
    return syntax == PromptSyntax.WEIGHTED
        ? chunker.chunks(prompt)
        : List.of(chunker.plain(tokenizer.encode(prompt)));
  }

  /** What a text is filled up with that is shorter than its neighbours. */
  PromptChunk emptyChunk() {
    return chunker.empty();
  }

  /** The embeddings that a chunk names. */
  List<TextualInversion> embeddingsIn(PromptChunk chunk) {
    return embeddings.usedBy(chunk);
  }

  /**
   * Runs the text encoder.
   *
   * @param chunks what to encode
   * @param fromEnd which layer counts, for each chunk: 1 for the last
   * @param scratch owns the result
   * @return a row for each chunk
   */
  Output encode(List<PromptChunk> chunks, List<Integer> fromEnd, NDManager scratch) {
    int length = tokenizer.maxLength();
    long[] ids = new long[chunks.size() * length];
    for (int i = 0; i < chunks.size(); i++) {
      System.arraycopy(chunks.get(i).ids(), 0, ids, i * length, length);
    }
    NDArray further =
        scratch.create(embeddings.values(), new Shape(embeddings.rows(), embeddings.width()));
    NDArray tokens = scratch.create(ids, new Shape(chunks.size(), length));
    List<NDArray> outputs =
        textEncoder.use(module -> module.callForTensors(ENCODE, tokens, further));
    Optional<NDArray> pooled =
        use == Use.PENULTIMATE_AND_POOLED ? Optional.of(outputs.get(layers)) : Optional.empty();
    return new Output(Emphasis.apply(chosen(outputs, fromEnd), chunks), pooled);
  }

  private NDArray chosen(List<NDArray> outputs, List<Integer> fromEnd) {
    int layer = fromEnd.get(0);
    if (fromEnd.stream().allMatch(other -> other == layer)) {
      return outputs.get(layers - layer);
    }
    NDList rows = new NDList();
    for (int i = 0; i < fromEnd.size(); i++) {
      rows.add(outputs.get(layers - fromEnd.get(i)).get(i));
    }
    return NDArrays.stack(rows);
  }
}
