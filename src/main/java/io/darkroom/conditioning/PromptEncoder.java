package io.darkroom.conditioning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OneLine;
import io.darkroom.lora.LoraTag;
import io.darkroom.network.Branches;
import io.darkroom.network.TimeEmbeddingSource.TextAndSizes;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.text.PromptChunk;
import io.darkroom.text.PromptSyntax;
import io.darkroom.text.TextualInversion;
import io.darkroom.text.TokenizedPrompt;
import io.darkroom.text.UnreadSyntax;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * From prompts to what the U-Net is steered by: chunks of tokens through the text encoders,
 * weighted, one behind the other. SDXL has two encoders, whose results lie side by side, and the
 * second of which gives the pooled text.
 */
public final class PromptEncoder {
  private static final float SCORE = 6;
  private static final float NEGATIVE_SCORE = 2.5f;

  private final List<TextStage> stages;
  private final UNetConfig unet;
  private final NoNegative noNegative;

  /** What it means that no negative prompt was given. */
  public enum NoNegative {
    /** An empty one, encoded like any other. */
    ENCODED,
    /** Zeros ({@code force_zeros_for_empty_prompt}). */
    ZEROS
  }

  /**
   * A prompt and how it is to be read.
   *
   * @param prompt the user's words
   * @param syntax how they are split into chunks
   * @param clipSkip which layer's output counts, from the end: 1 for the last, 0 for the model's
   *     own
   */
  private record Text(String prompt, PromptSyntax syntax, int clipSkip) {
    int layer(TextStage stage) {
      return clipSkip == 0 ? stage.ownLayer() : clipSkip;
    }

    List<PromptChunk> chunks(TextStage stage) {
      return stage.chunks(prompt, syntax);
    }
  }

  /**
   * Joins the parts.
   *
   * @param stages one, or as many as the model has; their tokenizers make equally many tokens
   * @param unet tells what it wants to know
   * @param noNegative what it means that no negative prompt was given
   */
  public PromptEncoder(List<TextStage> stages, UNetConfig unet, NoNegative noNegative) {
    this.stages = List.copyOf(stages);
    this.unet = unet;
    this.noNegative = noNegative;
  }

  /**
   * Checks that the text encoders have the layer that a request wants.
   *
   * @param request the request
   * @throws InvalidRequestException if they have not
   */
  public void check(ImageRequest request) {
    int layers = stages.stream().mapToInt(TextStage::layers).min().orElseThrow();
    if (request.settings().clipSkip() > layers) {
      throw new InvalidRequestException(
          "clip skip %d is too large: the text encoder of the model has %d layers"
              .formatted(request.settings().clipSkip(), layers));
    }
  }

  /**
   * How long the texts of a request are together.
   *
   * @param request the request
   * @return how many chunks its longer text has, at least 1
   */
  public int chunks(ImageRequest request) {
    return texts(request).mapToInt(this::chunks).max().orElse(1);
  }

  private int chunks(Text text) {
    return stages.stream().mapToInt(stage -> text.chunks(stage).size()).max().orElseThrow();
  }

  /**
   * Tells whether it matters how the texts of a request are read.
   *
   * @param request the request
   * @return whether its texts mean something else when read plainly
   */
  public boolean dependsOnSyntax(ImageRequest request) {
    List<Text> weighted = texts(request.withPromptSyntax(PromptSyntax.WEIGHTED)).toList();
    List<Text> plain = texts(request.withPromptSyntax(PromptSyntax.PLAIN)).toList();
    return IntStream.range(0, plain.size())
        .anyMatch(
            i -> stages.stream().anyMatch(stage -> differ(weighted.get(i), plain.get(i), stage)));
  }

  private static boolean differ(Text one, Text other, TextStage stage) {
    return one.layer(stage) != other.layer(stage) || !one.chunks(stage).equals(other.chunks(stage));
  }

  /**
   * The embeddings that a request's texts name.
   *
   * @param request the request
   * @return each once, the negative prompt's first
   */
  public List<TextualInversion> embeddings(ImageRequest request) {
    TextStage stage = stages.get(0);
    return texts(request)
        .flatMap(text -> text.chunks(stage).stream())
        .flatMap(chunk -> stage.embeddingsIn(chunk).stream())
        .distinct()
        .toList();
  }

  /** What steers a picture and is encoded: the negative prompt, if it counts, and the prompt. */
  private Stream<Text> texts(ImageRequest request) {
    Stream<Text> negative = isGuided(request) ? negative(request).stream() : Stream.empty();
    return Stream.concat(negative, Stream.of(positive(request)));
  }

  private boolean isGuided(ImageRequest request) {
    return ClassifierFreeGuidance.hasBranches(request.settings().guidance(), unet);
  }

  private static Text positive(ImageRequest request) {
    String prompt = LoraTag.removedFrom(request.prompt());
    return new Text(prompt, request.promptSyntax(), request.settings().clipSkip());
  }

  /**
   * The negative prompt; nothing where zeros stand for it. Read plainly, it always has the model's
   * own layer, as in diffusers; AUTOMATIC1111's web UI skips layers for both.
   */
  private Optional<Text> negative(ImageRequest request) {
    if (request.negativePrompt().isEmpty() && noNegative == NoNegative.ZEROS) {
      return Optional.empty();
    }
    boolean plain = request.promptSyntax() == PromptSyntax.PLAIN;
    return Optional.of(
        new Text(
            request.negativeText(),
            request.promptSyntax(),
            plain ? 0 : request.settings().clipSkip()));
  }

  /** Lets go of the texts that were encoded lately, so that they are encoded anew. */
  public void forget() {
    stages.forEach(TextStage::forget);
  }

  /**
   * Encodes what a batch is steered by, each distinct text once, and none that was encoded lately.
   *
   * @param requests the batch, of equal {@link #chunks}
   * @param warnings hears of texts that are cut
   * @param scratch owns the result
   * @return what the U-Net is told
   */
  public UNetConditioning embed(
      List<ImageRequest> requests, Consumer<String> warnings, NDManager scratch) {
    Branches branches =
        ClassifierFreeGuidance.branches(requests.get(0).settings().guidance(), unet);
    List<Optional<Text>> texts = new ArrayList<>();
    for (int branch = 1; branch < branches.count(); branch++) {
      requests.forEach(request -> texts.add(negative(request)));
    }
    requests.forEach(request -> texts.add(Optional.of(positive(request))));
    Map<Text, Integer> rows = new LinkedHashMap<>();
    texts.forEach(text -> text.ifPresent(known -> rows.putIfAbsent(known, rows.size())));
    warn(requests, rows.keySet(), warnings);

    // One row more than there are texts is the row of zeros.
    long[] order =
        texts.stream().mapToLong(text -> text.map(rows::get).orElse(rows.size())).toArray();
    int count = requests.stream().mapToInt(this::chunks).max().orElse(1);
    NDList contexts = new NDList();
    Optional<NDArray> pooled = Optional.empty();
    for (TextStage stage : stages) {
      TextStage.Output output = encode(stage, rows.keySet(), count, scratch);
      long length = (long) count * stage.tokenizer().maxLength();
      NDArray hidden = output.hidden();
      long width = hidden.getShape().get(2);
      contexts.add(ordered(hidden.reshape(rows.size(), length, width), order, scratch));
      if (output.pooled().isPresent()) {
        // Of a long text the first chunk is pooled.
        long[] first = LongStream.range(0, rows.size()).map(row -> row * count).toArray();
        NDArray vectors = output.pooled().get().get(scratch.create(first));
        pooled = Optional.of(ordered(vectors, order, scratch));
      }
    }
    NDArray context = contexts.size() == 1 ? contexts.get(0) : NDArrays.concat(contexts, 2);
    int negatives = (branches.count() - 1) * requests.size();
    NDArray sizes = sizes(requests.get(0), negatives, order.length, scratch);
    return new UNetConditioning(
        branches, context, pooled.map(vectors -> new UNetConditioning.Addition(vectors, sizes)));
  }

  private static TextStage.Output encode(
      TextStage stage, Set<Text> texts, int count, NDManager scratch) {
    List<PromptChunk> chunks = new ArrayList<>();
    List<Integer> layers = new ArrayList<>();
    for (Text text : texts) {
      List<PromptChunk> own = text.chunks(stage);
      chunks.addAll(own);
      chunks.addAll(Collections.nCopies(count - own.size(), stage.emptyChunk()));
      layers.addAll(Collections.nCopies(count, text.layer(stage)));
    }
    return stage.encode(chunks, layers, scratch);
  }

  private void warn(List<ImageRequest> requests, Set<Text> texts, Consumer<String> warnings) {
    Set<String> lines = new LinkedHashSet<>();
    if (unet.embedsGuidance()
        && requests.stream().anyMatch(request -> !request.negativeText().isEmpty())) {
      lines.add("guidance is built into this model; a negative prompt has no effect");
    }
    if (unet.embedsGuidance() && requests.get(0).settings().guidance().isLimited()) {
      lines.add("guidance is built into this model; a guidance interval has no effect");
    }
    for (ImageRequest request : requests) {
      if (request.promptSyntax() == PromptSyntax.WEIGHTED) {
        lines.addAll(UnreadSyntax.warnings(request.prompt()));
        if (isGuided(request)) {
          lines.addAll(UnreadSyntax.warningsOfNegative(request.negativeText()));
        }
      }
    }
    for (Text text : texts) {
      if (text.syntax() == PromptSyntax.WEIGHTED) {
        stages
            .get(0)
            .unknownEmbeddings(text.prompt())
            .forEach(
                name ->
                    lines.add(
                        ("there is no embedding %s: 'embedding:%1$s' counts as text; give its"
                                + " file with --embedding")
                            .formatted(OneLine.of(name))));
      }
      if (text.syntax() == PromptSyntax.PLAIN) {
        for (TextStage stage : stages) {
          TokenizedPrompt tokens = stage.tokenizer().encode(text.prompt());
          if (!tokens.lost().isBlank()) {
            lines.add(
                "the prompt is longer than %d tokens; this part has no effect: %s"
                    .formatted(stage.tokenizer().maxLength() - 2, tokens.lost().strip()));
          }
        }
      }
    }
    lines.forEach(warnings);
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

  /**
   * As diffusers has them where nobody says otherwise: nothing was scaled, nothing cropped, and the
   * scores are those of {@code StableDiffusionXLImg2ImgPipeline}.
   */
  private NDArray sizes(ImageRequest request, int negatives, int rows, NDManager scratch) {
    float height = request.settings().height();
    float width = request.settings().width();
    boolean hasScore =
        unet.addition().filter(told -> told.numbers() == TextAndSizes.SIZES_AND_SCORE).isPresent();
    int numbers = hasScore ? TextAndSizes.SIZES_AND_SCORE : TextAndSizes.SIZES;
    FloatBuffer all = FloatBuffer.allocate(rows * numbers);
    for (int i = 0; i < rows; i++) {
      all.put(height).put(width).put(0).put(0);
      if (hasScore) {
        all.put(i < negatives ? NEGATIVE_SCORE : SCORE);
      } else {
        all.put(height).put(width);
      }
    }
    return scratch.create(all.array(), new Shape(rows, numbers));
  }
}
