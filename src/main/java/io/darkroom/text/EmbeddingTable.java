package io.darkroom.text;

import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The embeddings that one text encoder knows by name, as rows that follow those of its own token
 * table.
 *
 * <p>A name is found by its tokens, so that case does not count and a part of a word is no name; of
 * several that fit, the longest counts.
 */
public final class EmbeddingTable {
  private final int firstId;
  private final int width;
  private final int rows;
  private final float[] values;
  private final Map<Long, List<Entry>> byFirstToken = new HashMap<>();

  /**
   * One embedding.
   *
   * @param embedding what it is
   * @param vectors those for this text encoder
   * @param tokens of its name
   * @param firstRow of the table
   */
  record Entry(
      TextualInversion embedding,
      TextualInversion.Vectors vectors,
      List<Long> tokens,
      int firstRow) {
    /** How many tokens of the prompt its name takes. */
    int nameLength() {
      return tokens.size();
    }

    /** How many rows it has. */
    int rows() {
      return vectors.count();
    }

    private boolean isAt(long[] ids, int position) {
      if (position + tokens.size() > ids.length) {
        return false;
      }
      for (int i = 0; i < tokens.size(); i++) {
        if (tokens.get(i) != ids[position + i]) {
          return false;
        }
      }
      return true;
    }
  }

  /**
   * Makes the table.
   *
   * @param embeddings what it holds
   * @param tokenizer reads their names
   * @param encoder which of a model's text encoders it is for
   * @param vocabularySize rows of that text encoder's own table, which is followed by this one
   * @param width of the text encoder
   * @throws ModelException if an embedding is for another model or too long, or if its name is none
   *     or that of another
   */
  public EmbeddingTable(
      List<TextualInversion> embeddings,
      ClipTokenizer tokenizer,
      TextualInversion.Encoder encoder,
      int vocabularySize,
      int width) {
    this.firstId = vocabularySize;
    this.width = width;
    Map<List<Long>, TextualInversion> names = new HashMap<>();
    int row = 0;
    for (TextualInversion embedding : embeddings) {
      TextualInversion.Vectors vectors = embedding.vectors(encoder, width);
      requireRoom(embedding, vectors, tokenizer.maxLength() - 2);
      List<Long> tokens = Arrays.stream(tokenizer.tokens(embedding.name())).boxed().toList();
      if (tokens.isEmpty()) {
        throw new ModelException(
            embedding.source()
                + ": its name is no word for a prompt; rename the file, or give it as NAME=FILE");
      }
      TextualInversion other = names.put(tokens, embedding);
      if (other != null) {
        throw new ModelException(
            "%s: has the same name in a prompt as %s; rename one of the files, or give it as NAME=FILE"
                .formatted(embedding.source(), other.source()));
      }
      byFirstToken
          .computeIfAbsent(tokens.get(0), first -> new ArrayList<>())
          .add(new Entry(embedding, vectors, tokens, row));
      row += vectors.count();
    }
    byFirstToken
        .values()
        .forEach(entries -> entries.sort(Comparator.comparing(Entry::nameLength).reversed()));
    this.rows = Math.max(1, row);
    this.values = new float[rows * width];
    byFirstToken.values().stream()
        .flatMap(List::stream)
        .forEach(
            entry -> {
              float[] vectors = entry.vectors().values();
              System.arraycopy(vectors, 0, values, entry.firstRow() * width, vectors.length);
            });
  }

  private static void requireRoom(
      TextualInversion embedding, TextualInversion.Vectors vectors, int room) {
    if (vectors.count() > room) {
      throw new ModelException(
          "%s: the embedding %s has %d vectors, but the text encoder takes %d tokens at once"
              .formatted(embedding.source(), OneLine.of(embedding.name()), vectors.count(), room));
    }
  }

  /**
   * How many rows follow those of the text encoder.
   *
   * @return 1 or more: a table without embeddings has a row of zeros that nobody uses
   */
  public int rows() {
    return rows;
  }

  /**
   * How wide a row is.
   *
   * @return the text encoder's width
   */
  public int width() {
    return width;
  }

  /**
   * The rows.
   *
   * @return a copy of their numbers, row by row
   */
  public float[] values() {
    return values.clone();
  }

  /**
   * The token number of a row.
   *
   * @param row of this table
   * @return a number beyond the text encoder's vocabulary
   */
  long id(int row) {
    return (long) firstId + row;
  }

  /**
   * Tells which embeddings a chunk uses.
   *
   * @param chunk a chunk of {@link PromptChunker}
   * @return the embeddings in the order of their first use
   */
  public List<TextualInversion> usedBy(PromptChunk chunk) {
    return Arrays.stream(chunk.ids())
        .filter(id -> id >= firstId)
        .mapToObj(id -> withRow((int) (id - firstId)))
        .distinct()
        .toList();
  }

  private TextualInversion withRow(int row) {
    return byFirstToken.values().stream()
        .flatMap(List::stream)
        .filter(entry -> row >= entry.firstRow() && row < entry.firstRow() + entry.rows())
        .findFirst()
        .orElseThrow()
        .embedding();
  }

  /**
   * Looks for a name.
   *
   * @param ids a text's tokens
   * @param position where the name would begin
   * @return the embedding of the longest name there
   */
  Optional<Entry> at(long[] ids, int position) {
    return byFirstToken.getOrDefault(ids[position], List.of()).stream()
        .filter(entry -> entry.isAt(ids, position))
        .findFirst();
  }
}
