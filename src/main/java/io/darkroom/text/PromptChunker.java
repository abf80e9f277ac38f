package io.darkroom.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Turns a prompt of any length into chunks for one text encoder, as AUTOMATIC1111's web UI does: a
 * chunk is full at the tokenizer's length less beginning and end; where a comma is among its last
 * {@value #BACKTRACK} tokens, what follows the comma goes to the next chunk.
 *
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/sd_hijack_clip.py">the
 *     reference, {@code tokenize_line}</a>
 */
public final class PromptChunker {
  private static final int BACKTRACK = 20;

  /** A word behind ComfyUI's prefix. */
  private static final Pattern PREFIXED = Pattern.compile("(?i)\\bembedding:([^\\s,;]+)");

  private static final Pattern ENDING =
      Pattern.compile("\\.(safetensors|pt|bin)(?![\\p{L}\\p{N}])");

  private final ClipTokenizer tokenizer;
  private final EmbeddingTable embeddings;
  private final int room;
  private final Optional<Long> comma;

  /**
   * Joins the parts.
   *
   * @param tokenizer the text encoder's; still the caller's
   * @param embeddings what stands in a prompt by its name
   */
  public PromptChunker(ClipTokenizer tokenizer, EmbeddingTable embeddings) {
    this.tokenizer = tokenizer;
    this.embeddings = embeddings;
    this.room = tokenizer.maxLength() - 2;
    long[] ids = tokenizer.tokens(",");
    this.comma = ids.length == 1 ? Optional.of(ids[0]) : Optional.empty();
  }

  /**
   * A chunk of no text.
   *
   * @return beginning, end and padding
   */
  public PromptChunk empty() {
    return PromptChunk.unweighted(tokenizer.framed(new long[0]));
  }

  /**
   * A prompt that was cut to one chunk.
   *
   * @param prompt the tokens of a text as it stands
   * @return the chunk, in which all counts alike
   */
  public PromptChunk plain(TokenizedPrompt prompt) {
    return PromptChunk.unweighted(prompt.ids());
  }

  /**
   * Reads a prompt with weights.
   *
   * @param prompt any text
   * @return its chunks, at least one
   */
  public List<PromptChunk> chunks(String prompt) {
    if (room < 1) {
      return List.of(empty());
    }
    Filling filling = new Filling();
    List<List<WeightedText>> sections = WeightedText.parse(prompt);
    for (int i = 0; i < sections.size(); i++) {
      if (i > 0) {
        filling.endChunk();
      }
      for (WeightedText part : sections.get(i)) {
        filling.add(tokenizer.tokens(withoutPrefixes(part.text())), part.weight());
      }
    }
    return filling.finish();
  }

  /**
   * The names behind {@code embedding:}, as ComfyUI has it, that are no embedding's.
   *
   * @param prompt any text
   * @return the names; they count as text
   */
  public List<String> unknownEmbeddings(String prompt) {
    List<String> unknown = new ArrayList<>();
    WeightedText.parse(prompt).stream()
        .flatMap(List::stream)
        .flatMap(part -> PREFIXED.matcher(part.text()).results())
        .filter(found -> known(found.group(1)).isEmpty())
        .forEach(found -> unknown.add(found.group(1)));
    return unknown;
  }

  /**
   * Takes {@code embedding:} away from before known names, and the folders and endings of files.
   */
  private String withoutPrefixes(String text) {
    return PREFIXED
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(known(found.group(1)).orElse(found.group())));
  }

  /** A word as the embedding's name that it begins with. */
  private Optional<String> known(String word) {
    String last = word.substring(word.replace('\\', '/').lastIndexOf('/') + 1);
    return Stream.of(word, last)
        .flatMap(name -> Stream.of(name, ENDING.matcher(name).replaceFirst("")))
        .filter(
            name -> {
              long[] ids = tokenizer.tokens(name);
              return ids.length > 0 && embeddings.at(ids, 0).isPresent();
            })
        .reduce((longer, shorter) -> shorter);
  }

  /** The chunks so far and the one that is being filled. */
  private final class Filling {
    private final List<PromptChunk> chunks = new ArrayList<>();
    private final List<Long> ids = new ArrayList<>();
    private final List<Float> weights = new ArrayList<>();
    private int lastComma = -1;

    void add(long[] tokens, float weight) {
      int position = 0;
      while (position < tokens.length) {
        Optional<EmbeddingTable.Entry> embedding = embeddings.at(tokens, position);
        long token = tokens[position];
        makeRoom(token, embedding.map(EmbeddingTable.Entry::rows).orElse(1));
        if (embedding.isPresent()) {
          EmbeddingTable.Entry entry = embedding.get();
          for (int i = 0; i < entry.rows(); i++) {
            put(embeddings.id(entry.firstRow() + i), weight);
          }
          position += entry.nameLength();
          continue;
        }
        if (isComma(token)) {
          lastComma = ids.size();
        }
        put(token, weight);
        position++;
      }
    }

    private void put(long id, float weight) {
      ids.add(id);
      weights.add(weight);
    }

    private boolean isComma(long token) {
      return comma.isPresent() && comma.get() == token;
    }

    private void makeRoom(long token, int count) {
      if (ids.size() == room
          && !isComma(token)
          && lastComma >= 0
          && room - lastComma <= BACKTRACK) {
        List<Long> movedIds = takeAfter(lastComma, ids);
        List<Float> movedWeights = takeAfter(lastComma, weights);
        endChunk();
        ids.addAll(movedIds);
        weights.addAll(movedWeights);
      }
      if (ids.size() + count > room) {
        endChunk();
      }
    }

    private static <T> List<T> takeAfter(int index, List<T> list) {
      List<T> tail = list.subList(index + 1, list.size());
      List<T> taken = new ArrayList<>(tail);
      tail.clear();
      return taken;
    }

    void endChunk() {
      long[] content = ids.stream().mapToLong(Long::longValue).toArray();
      float[] all = new float[room + 2];
      Arrays.fill(all, 1);
      for (int i = 0; i < content.length; i++) {
        all[i + 1] = weights.get(i);
      }
      chunks.add(new PromptChunk(tokenizer.framed(content), all));
      ids.clear();
      weights.clear();
      lastComma = -1;
    }

    List<PromptChunk> finish() {
      if (!ids.isEmpty() || chunks.isEmpty()) {
        endChunk();
      }
      return List.copyOf(chunks);
    }
  }
}
