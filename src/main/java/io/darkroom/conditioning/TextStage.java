package io.darkroom.conditioning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.model.TextSlot;
import io.darkroom.network.TextEncoder;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.EmbeddingTable;
import io.darkroom.text.PromptChunk;
import io.darkroom.text.PromptChunker;
import io.darkroom.text.PromptSyntax;
import io.darkroom.text.TextualInversion;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One text encoder of a model, with its tokenizer: chunks of tokens in, hidden states out. It
 * remembers the last {@value #MOST_CHUNKS} chunks that it encoded, or as many as 32 MiB hold: in a
 * batch most pictures share a prompt or the negative prompt. They go when it is closed, which is
 * when other LoRAs are merged into the text encoder.
 */
public final class TextStage implements AutoCloseable {
  private static final String ENCODE = "encode";

  /** How much of what was encoded is kept: of Stable Diffusion 1 15 MiB, of SDXL 25 and 15. */
  private static final int MOST_CHUNKS = 64;

  private static final long MOST_BYTES = 32L << 20;

  private final ClipTokenizer tokenizer;
  private final EmbeddingTable embeddings;
  private final OffloadableNetwork textEncoder;
  private final TextSlot.Output output;
  private final int layers;
  private final PromptChunker chunker;
  private final EncodedTexts encoded = new EncodedTexts(MOST_CHUNKS, MOST_BYTES);

  /** Prompts are planned in one thread while another one paints. */
  private final Map<Reading, List<PromptChunk>> read =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Reading, List<PromptChunk>> eldest) {
              return size() > MOST_CHUNKS;
            }
          });

  /** A text and how it is split. */
  private record Reading(String prompt, PromptSyntax syntax) {}

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
   * @param output what is taken of its output
   * @param layers how many layers it has
   */
  public TextStage(
      ClipTokenizer tokenizer,
      EmbeddingTable embeddings,
      OffloadableNetwork textEncoder,
      TextSlot.Output output,
      int layers) {
    this.tokenizer = tokenizer;
    this.embeddings = embeddings;
    this.textEncoder = textEncoder;
    this.output = output;
    this.layers = layers;
    this.chunker = new PromptChunker(tokenizer, embeddings);
  }

  /**
   * Writes the module's method: token ids and further rows of the token table in; out, in float32,
   * the output of each layer, and last the pooled text where it is used.
   *
   * @param encoder the architecture
   * @param output what is taken of its output
   * @param w its weights
   * @param script where the method goes
   */
  static void write(TextEncoder encoder, TextSlot.Output output, Weights w, Script script) {
    Method encode = script.method(ENCODE);
    Tensor ids = encode.tensor("ids", 1);
    List<Tensor> layers = encoder.encodeWithFurtherRows(w, ids, encode.tensor("further", 1));
    List<Tensor> results = new ArrayList<>();
    for (Tensor hidden : layers) {
      Tensor taken = output == TextSlot.Output.LAST ? encoder.finalNorm(w, hidden) : hidden;
      results.add(taken.to(Precision.Format.FLOAT32));
    }
    if (output.isPooled()) {
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
    return output.layer();
  }

  /** Splits a text; on its way to a picture a text is asked for several times and read once. */
  List<PromptChunk> chunks(String prompt, PromptSyntax syntax) {
    Reading reading = new Reading(prompt, syntax);
    List<PromptChunk> known = read.get(reading);
    if (known == null) {
      known =
          syntax == PromptSyntax.WEIGHTED
              ? chunker.chunks(prompt)
              : List.of(chunker.plain(tokenizer.encode(prompt)));
      read.put(reading, known);
    }
    return known;
  }

  /** What a text is filled up with that is shorter than its neighbours. */
  PromptChunk emptyChunk() {
    return chunker.empty();
  }

  /** What a prompt calls an embedding that is none. */
  List<String> unknownEmbeddings(String prompt) {
    return chunker.unknownEmbeddings(prompt);
  }

  /** The embeddings that a chunk names. */
  List<TextualInversion> embeddingsIn(PromptChunk chunk) {
    return embeddings.usedBy(chunk);
  }

  /**
   * Encodes chunks; what was encoded lately is not computed again. The text encoder sees one chunk
   * at a time: the last bits of a product may depend on how many rows it has, and a picture must
   * not feel which texts stand beside its own nor which came before.
   *
   * @param chunks what to encode
   * @param fromEnd which layer counts, for each chunk: 1 for the last
   * @param scratch owns the result
   * @return a row for each chunk
   */
  Output encode(List<PromptChunk> chunks, List<Integer> fromEnd, NDManager scratch) {
    List<EncodedTexts.Key> wanted =
        IntStream.range(0, chunks.size())
            .mapToObj(i -> new EncodedTexts.Key(chunks.get(i), fromEnd.get(i)))
            .toList();
    Map<EncodedTexts.Key, Output> known = new HashMap<>();
    wanted.forEach(key -> encoded.find(key).ifPresent(output -> known.put(key, output)));
    List<EncodedTexts.Key> missing =
        wanted.stream().distinct().filter(key -> !known.containsKey(key)).toList();
    if (!missing.isEmpty()) {
      known.putAll(textEncoder.use(module -> compute(module, missing, scratch)));
    }
    Output joined = joined(wanted.stream().map(known::get).toList(), scratch);
    // The first is the negative prompt's, which comes again most likely: it is to leave last.
    for (int i = missing.size() - 1; i >= 0; i--) {
      encoded.keep(missing.get(i), known.get(missing.get(i)));
    }
    return joined;
  }

  private Map<EncodedTexts.Key, Output> compute(
      LoadedModule module, List<EncodedTexts.Key> keys, NDManager scratch) {
    Map<EncodedTexts.Key, Output> outputs = new HashMap<>();
    try (NDManager manager = scratch.newSubManager()) {
      NDArray further =
          manager.create(embeddings.values(), new Shape(embeddings.rows(), embeddings.width()));
      for (EncodedTexts.Key key : keys) {
        outputs.put(key, compute(module, key, further, scratch));
      }
    }
    return outputs;
  }

  private Output compute(
      LoadedModule module, EncodedTexts.Key key, NDArray further, NDManager scratch) {
    try (NDManager layerOutputs = further.getManager().newSubManager()) {
      NDArray tokens = layerOutputs.create(key.chunk().ids(), new Shape(1, tokenizer.maxLength()));
      List<NDArray> outputs = module.callForTensors(ENCODE, tokens, further);
      NDArray hidden = Emphasis.apply(outputs.get(layers - key.fromEnd()), List.of(key.chunk()));
      hidden.attach(scratch);
      Optional<NDArray> pooled =
          output.isPooled() ? Optional.of(outputs.get(layers)) : Optional.empty();
      pooled.ifPresent(vector -> vector.attach(scratch));
      return new Output(hidden, pooled);
    }
  }

  /** Copies them one behind the other. */
  private static Output joined(List<Output> outputs, NDManager scratch) {
    NDList hidden = new NDList(outputs.stream().map(Output::hidden).toList());
    NDList pooled =
        new NDList(outputs.stream().flatMap(output -> output.pooled().stream()).toList());
    return new Output(
        concat(hidden, scratch),
        pooled.isEmpty() ? Optional.empty() : Optional.of(concat(pooled, scratch)));
  }

  private static NDArray concat(NDList rows, NDManager scratch) {
    NDArray all = NDArrays.concat(rows, 0);
    all.attach(scratch);
    return all;
  }

  /** Lets go of what was encoded and read lately, so that it is done anew. */
  void forget() {
    encoded.close();
    read.clear();
  }

  /** Frees what was encoded lately; tokenizer and text encoder stay the caller's. */
  @Override
  public void close() {
    forget();
  }
}
