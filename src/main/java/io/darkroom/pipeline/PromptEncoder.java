package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.UNetConfig;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.TokenizedPrompt;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * From prompts to what the U-Net is steered by: tokens through the text encoders. SDXL has two,
 * whose results lie side by side, and the second of which gives the pooled text.
 */
final class PromptEncoder {
  private static final String ENCODE = "encode";

  private final List<Stage> stages;
  private final UNetConfig unet;
  private final EmptyNegative emptyNegative;

  /** What is taken of a text encoder. */
  enum Use {
    /** The last layer, normalized: Stable Diffusion 1 and 2. */
    LAST,
    /** The last layer but one, as it is: SDXL's first. */
    PENULTIMATE,
    /** That and the projected pooled text: SDXL's second. */
    PENULTIMATE_AND_POOLED
  }

  /** What an empty negative prompt means. */
  enum EmptyNegative {
    /** A prompt like any other. */
    ENCODED,
    /** Zeros ({@code force_zeros_for_empty_prompt}). */
    ZEROS
  }

  /**
   * A text encoder and what belongs to it.
   *
   * @param tokenizer the text encoder's; still the caller's
   * @param textEncoder a module that {@link #write} has written; still the caller's
   */
  record Stage(ClipTokenizer tokenizer, LoadedModule textEncoder) {}

  /**
   * Joins the parts.
   *
   * @param stages one, or as many as the model has; their tokenizers make equally many tokens
   * @param unet tells what it wants to know
   * @param emptyNegative what an empty negative prompt means
   */
  PromptEncoder(List<Stage> stages, UNetConfig unet, EmptyNegative emptyNegative) {
    this.stages = List.copyOf(stages);
    this.unet = unet;
    this.emptyNegative = emptyNegative;
  }

  /**
   * Writes the module's method.
   *
   * @param encoder the architecture
   * @param use what is taken of it
   * @param w its weights
   * @param script where the method goes
   */
  static void write(TextEncoder encoder, Use use, Weights w, Script script) {
    Method encode = script.method(ENCODE);
    Tensor ids = encode.tensor("ids", 1);
    TextEncoder.Output output = encoder.encode(w, ids);
    switch (use) {
      case LAST -> encode.returns(output.last().to(Precision.Format.FLOAT32));
      case PENULTIMATE -> encode.returns(output.penultimate().to(Precision.Format.FLOAT32));
      case PENULTIMATE_AND_POOLED ->
          encode.returns(
              List.of(
                  output.penultimate().to(Precision.Format.FLOAT32),
                  encoder.project(w, ids, output.last()).to(Precision.Format.FLOAT32)));
      default -> throw new IllegalArgumentException(use.toString());
    }
  }

  /**
   * Encodes what a batch is steered by, each distinct prompt once.
   *
   * @param requests the batch
   * @param listener hears of prompts that are too long
   * @param scratch owns the result
   * @return what the U-Net is told
   */
  Conditions embed(List<ImageRequest> requests, PipelineListener listener, NDManager scratch) {
    boolean guided = requests.get(0).isGuided() && !unet.embedsGuidance();
    Map<String, Integer> rows = new LinkedHashMap<>();
    List<Optional<String>> prompts = new ArrayList<>();
    if (guided) {
      requests.forEach(request -> prompts.add(negative(request)));
    }
    requests.forEach(request -> prompts.add(Optional.of(request.prompt())));
    prompts.forEach(prompt -> prompt.ifPresent(text -> rows.putIfAbsent(text, rows.size())));
    // One row more than there are texts is the row of zeros.
    long[] order =
        prompts.stream().mapToLong(prompt -> prompt.map(rows::get).orElse(rows.size())).toArray();

    Set<String> warnings = new LinkedHashSet<>();
    if (unet.embedsGuidance()
        && requests.stream().anyMatch(request -> !request.negativePrompt().isEmpty())) {
      warnings.add("this model has its guidance built in; a negative prompt has no effect");
    }
    NDList contexts = new NDList();
    Optional<NDArray> pooled = Optional.empty();
    for (Stage stage : stages) {
      NDArray ids = tokens(stage.tokenizer(), rows.keySet(), warnings, scratch);
      List<NDArray> output = stage.textEncoder().callForTensors(ENCODE, ids);
      contexts.add(ordered(output.get(0), order, scratch));
      if (output.size() > 1) {
        pooled = Optional.of(ordered(output.get(1), order, scratch));
      }
    }
    warnings.forEach(listener::onWarning);
    NDArray context = contexts.size() == 1 ? contexts.get(0) : NDArrays.concat(contexts, 2);
    NDArray sizes = sizes(requests.get(0), order.length, scratch);
    return new Conditions(
        guided, context, pooled.map(vectors -> new Conditions.Addition(vectors, sizes)));
  }

  private Optional<String> negative(ImageRequest request) {
    boolean zeros = request.negativePrompt().isEmpty() && emptyNegative == EmptyNegative.ZEROS;
    return zeros ? Optional.empty() : Optional.of(request.negativePrompt());
  }

  private static NDArray tokens(
      ClipTokenizer tokenizer, Set<String> prompts, Set<String> warnings, NDManager scratch) {
    int length = tokenizer.maxLength();
    long[] ids = new long[prompts.size() * length];
    int row = 0;
    for (String prompt : prompts) {
      TokenizedPrompt tokens = tokenizer.encode(prompt);
      System.arraycopy(tokens.ids(), 0, ids, row++ * length, length);
      if (!tokens.lost().isBlank()) {
        warnings.add(
            "the prompt is longer than %d tokens; this part has no effect: %s"
                .formatted(length - 2, tokens.lost().strip()));
      }
    }
    return scratch.create(ids, new Shape(prompts.size(), length));
  }

  /** Puts the rows in order; a number past the last row stands for zeros. */
  private static NDArray ordered(NDArray rows, long[] order, NDManager scratch) {
    long count = rows.getShape().get(0);
    NDArray all = rows;
    if (Arrays.stream(order).anyMatch(row -> row == count)) {
      all = rows.concat(rows.get("0:1").zerosLike(), 0);
    }
    return all.get(scratch.create(order));
  }

  /** As diffusers has them where nobody says otherwise: nothing was scaled, nothing cropped. */
  private static NDArray sizes(ImageRequest request, int rows, NDManager scratch) {
    float[] row = {request.height(), request.width(), 0, 0, request.height(), request.width()};
    float[] all = new float[rows * row.length];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(row, 0, all, i * row.length, row.length);
    }
    return scratch.create(all, new Shape(rows, row.length));
  }
}
