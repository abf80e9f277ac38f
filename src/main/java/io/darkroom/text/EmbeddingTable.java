package io.darkroom.text;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
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
 * several that fit, the longest counts. An {@link OfferedEmbedding} gets its rows, behind all
 * others, when its name is first found. Safe for use by several threads.
 */
public final class EmbeddingTable {
  private final int firstId;
  private final TextualInversion.Encoder encoder;
  private final int width;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<Long, List<Name>> byFirstToken = new HashMap<>();
  private int used;
  private float[] values;

  /**
   * One embedding.
   *
   * @param embedding what it is
   * @param vectors those for this text encoder
   * @param nameLength how many tokens of the prompt its name takes
   * @param firstRow of the table
   */
  record Entry(
      TextualInversion embedding, TextualInversion.Vectors vectors, int nameLength, int firstRow) {
    /** How many rows it has. */
    int rows() {
      return vectors.count();
    }
  }

  /** A name in tokens, and what it stands for: rows, or an offer of some. */
  private static final class Name {
    private final List<Long> tokens;
    private final Optional<OfferedEmbedding> offer;
    private Optional<Entry> entry = Optional.empty();

    Name(List<Long> tokens, Optional<OfferedEmbedding> offer) {
      this.tokens = tokens;
      this.offer = offer;
    }

    private int length() {
      return tokens.size();
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
   * Makes a table of embeddings that all must be usable.
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
    this(embeddings, List.of(), tokenizer, encoder, vocabularySize, width);
  }

  /**
   * Makes the table.
   *
   * @param embeddings what it holds, all of which must be usable
   * @param offers what it will hold once it is named; a name that is taken is left out
   * @param tokenizer reads their names
   * @param encoder which of a model's text encoders it is for
   * @param vocabularySize rows of that text encoder's own table, which is followed by this one
   * @param width of the text encoder
   * @throws ModelException if one of the {@code embeddings} is for another model or too long, or if
   *     its name is none or that of another
   */
  public EmbeddingTable(
      List<TextualInversion> embeddings,
      List<OfferedEmbedding> offers,
      ClipTokenizer tokenizer,
      TextualInversion.Encoder encoder,
      int vocabularySize,
      int width) {
    this.firstId = vocabularySize;
    this.encoder = encoder;
    this.width = width;
    this.values = new float[width];
    Map<List<Long>, String> names = new HashMap<>();
    for (TextualInversion embedding : embeddings) {
      requireUsable(embedding, tokenizer, encoder, width);
      List<Long> tokens = tokens(embedding.name(), tokenizer);
      if (tokens.isEmpty()) {
        throw new ModelException(
            embedding.source()
                + ": its name cannot be a word of a prompt; rename the file, or give it as"
                + " NAME=FILE");
      }
      String other = names.put(tokens, embedding.source());
      if (other != null) {
        throw new ModelException(
            ("%s: has the same name in a prompt as %s; rename one of the files, or give it as"
                    + " NAME=FILE")
                .formatted(embedding.source(), other));
      }
      Name name = new Name(tokens, Optional.empty());
      name.entry = Optional.of(append(embedding, tokens.size()));
      add(name);
    }
    for (OfferedEmbedding offer : offers) {
      List<Long> tokens = tokens(offer.name(), tokenizer);
      if (!tokens.isEmpty() && names.putIfAbsent(tokens, offer.name()) == null) {
        add(new Name(tokens, Optional.of(offer)));
      }
    }
    byFirstToken
        .values()
        .forEach(found -> found.sort(Comparator.comparing(Name::length).reversed()));
  }

  private static List<Long> tokens(String name, ClipTokenizer tokenizer) {
    return Arrays.stream(tokenizer.tokens(name)).boxed().toList();
  }

  private void add(Name name) {
    byFirstToken.computeIfAbsent(name.tokens.get(0), first -> new ArrayList<>()).add(name);
  }

  /**
   * Checks that a text encoder can use an embedding.
   *
   * @param embedding the embedding
   * @param tokenizer the text encoder's
   * @param encoder which of a model's text encoders it is
   * @param width of the text encoder
   * @throws ModelException if the embedding is for another model, or too long
   */
  public static void requireUsable(
      TextualInversion embedding,
      ClipTokenizer tokenizer,
      TextualInversion.Encoder encoder,
      int width) {
    int room = tokenizer.maxLength() - 2;
    int count = embedding.vectors(encoder, width).count();
    if (count > room) {
      throw new ModelException(
          "%s: the embedding %s has %d vectors, but the text encoder takes %d tokens at once"
              .formatted(embedding.source(), OneLine.of(embedding.name()), count, room));
    }
  }

  private Entry append(TextualInversion embedding, int nameLength) {
    TextualInversion.Vectors vectors = embedding.vectors(encoder, width);
    Entry entry = new Entry(embedding, vectors, nameLength, used);
    used += entry.rows();
    values = Arrays.copyOf(values, Math.max(1, used) * width);
    float[] added = vectors.values();
    System.arraycopy(added, 0, values, entry.firstRow() * width, added.length);
    entries.add(entry);
    return entry;
  }

  /**
   * How many rows follow those of the text encoder.
   *
   * @return 1 or more: a table without embeddings has a row of zeros that nobody uses
   */
  public synchronized int rows() {
    return Math.max(1, used);
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
  public synchronized float[] values() {
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
  public synchronized List<TextualInversion> usedBy(PromptChunk chunk) {
    return Arrays.stream(chunk.ids())
        .filter(id -> id >= firstId)
        .mapToObj(id -> withRow((int) (id - firstId)))
        .distinct()
        .toList();
  }

  private TextualInversion withRow(int row) {
    return entries.stream()
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
  synchronized Optional<Entry> at(long[] ids, int position) {
    for (Name name : byFirstToken.getOrDefault(ids[position], List.of())) {
      if (name.isAt(ids, position)) {
        if (name.entry.isEmpty()) {
          name.entry =
              name.offer
                  .flatMap(OfferedEmbedding::take)
                  .map(embedding -> append(embedding, name.length()));
        }
        if (name.entry.isPresent()) {
          return name.entry;
        }
      }
    }
    return Optional.empty();
  }
}
