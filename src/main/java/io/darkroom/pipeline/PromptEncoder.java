package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.TextEncoder;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.LoraTag;
import io.darkroom.text.TokenizedPrompt;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From prompts to what the U-Net attends to: tokens through the text encoder. */
final class PromptEncoder {
  private static final String ENCODE = "encode";

  private final ClipTokenizer tokenizer;
  private final LoadedModule textEncoder;

  /**
   * Joins the parts.
   *
   * @param tokenizer the text encoder's; still the caller's
   * @param textEncoder a module that {@link #write} has written; still the caller's
   */
  PromptEncoder(ClipTokenizer tokenizer, LoadedModule textEncoder) {
    this.tokenizer = tokenizer;
    this.textEncoder = textEncoder;
  }

  /**
   * Writes the module's method.
   *
   * @param encoder the architecture
   * @param w its weights
   * @param script where the method goes
   */
  static void write(TextEncoder encoder, Weights w, Script script) {
    Method encode = script.method(ENCODE);
    encode.returns(encoder.encode(w, encode.tensor("ids", 1)).last().to(Precision.Format.FLOAT32));
  }

  /**
   * Encodes what a batch is steered by, each distinct prompt once.
   *
   * @param requests the batch
   * @param listener hears of prompts that are too long
   * @param scratch owns the result
   * @return {@code [batch, length, width]}, float32; with guidance twice the batch, the negative
   *     prompts first
   */
  NDArray embed(List<ImageRequest> requests, PipelineListener listener, NDManager scratch) {
    List<String> prompts = new ArrayList<>();
    if (requests.get(0).isGuided()) {
      requests.forEach(request -> prompts.add(request.negativePrompt()));
    }
    requests.forEach(request -> prompts.add(LoraTag.removedFrom(request.prompt())));
    Map<String, Integer> rows = new LinkedHashMap<>();
    prompts.forEach(prompt -> rows.putIfAbsent(prompt, rows.size()));

    int length = tokenizer.maxLength();
    long[] ids = new long[rows.size() * length];
    Set<String> warnings = new LinkedHashSet<>();
    rows.forEach(
        (prompt, row) -> {
          TokenizedPrompt tokens = tokenizer.encode(prompt);
          System.arraycopy(tokens.ids(), 0, ids, row * length, length);
          if (!tokens.lost().isBlank()) {
            warnings.add(
                "the prompt is longer than %d tokens; this part has no effect: %s"
                    .formatted(length - 2, tokens.lost().strip()));
          }
        });
    warnings.forEach(listener::onWarning);
    NDArray embeddings =
        textEncoder.callForTensor(ENCODE, scratch.create(ids, new Shape(rows.size(), length)));
    long[] order = prompts.stream().mapToLong(rows::get).toArray();
    return embeddings.get(scratch.create(order));
  }
}
