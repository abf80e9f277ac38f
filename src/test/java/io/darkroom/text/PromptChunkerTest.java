package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptChunkerTest {
  private static final int ROOM = 75;
  private static final int VOCABULARY = 2000;

  private static ClipTokenizer tokenizer;
  private static PromptChunker chunker;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    tokenizer = ClipTokenizer.open(TestModels.directory("tiny-sd1").resolve("tokenizer"));
    chunker = new PromptChunker(tokenizer, table(tokenizer));
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a cat", "16:9, wide; 50% \ud83d", "a break"})
  void whatFitsAndHasNoWeightIsAsItStands(String prompt) {
    assertEquals(List.of(chunker.plain(tokenizer.encode(prompt))), chunker.chunks(prompt));
    assertFalse(chunker.chunks(prompt).get(0).isWeighted());
  }

  @Test
  void weightsStandBesideTheirTokens() {
    PromptChunk chunk = only(chunker.chunks("the (the:1.5) [[the]] the"));
    assertArrayEquals(tokenizer.encode("the the the the").ids(), chunk.ids());
    float[] weights = new float[77];
    Arrays.fill(weights, 1);
    weights[2] = 1.5f;
    weights[3] = (float) (1 / 1.21);
    assertArrayEquals(weights, chunk.weights(), 1e-6f);
    assertTrue(chunk.isWeighted());
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "75, 1", "76, 2", "150, 2", "151, 3", "1000, 14"})
  void aLongTextTakesAsManyChunksAsItNeeds(int words, int chunks) {
    List<PromptChunk> read = chunker.chunks("the ".repeat(words));
    assertEquals(chunks, read.size());
    for (int i = 0; i < chunks; i++) {
      int here = Math.min(ROOM, words - i * ROOM);
      assertArrayEquals(tokenizer.encode("the ".repeat(here)).ids(), read.get(i).ids());
    }
  }

  @ParameterizedTest
  @CsvSource({
    // words before the comma, words after it, words that move to the next chunk
    "60, 30, 14",
    "55, 30, 19",
    "54, 30, 0",
    "74, 30, 0",
    "75, 30, 0",
    "60, 14, 0",
  })
  void aCommaNearTheEndMovesTheBreak(int before, int after, int moved) {
    String words = "the ".repeat(before) + ", " + "the ".repeat(after);
    List<PromptChunk> read = chunker.chunks(words);
    long[] all = tokenizer.tokens(words);
    assertEquals(before + 1 + after, all.length);
    int first = Math.min(ROOM, all.length) - moved;
    assertArrayEquals(tokenizer.framed(Arrays.copyOf(all, first)), read.get(0).ids());
    assertEquals(all.length > first ? 2 : 1, read.size());
    if (read.size() > 1) {
      assertArrayEquals(
          tokenizer.framed(Arrays.copyOfRange(all, first, all.length)), read.get(1).ids());
    }
  }

  @Test
  void weightsMoveWithTheirTokens() {
    List<PromptChunk> read =
        chunker.chunks("the ".repeat(60) + ", (" + "the ".repeat(14) + ":1.5) the the");
    assertEquals(2, read.size());
    assertFalse(read.get(0).isWeighted());
    for (int i = 0; i < 77; i++) {
      assertEquals(i >= 1 && i <= 14 ? 1.5f : 1, read.get(1).weights()[i], "place " + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"the BREAK the, 2", "BREAK, 1", "BREAK BREAK the, 3", "the BREAK, 1"})
  void breakEndsAChunk(String prompt, int chunks) {
    List<PromptChunk> read = chunker.chunks(prompt);
    assertEquals(chunks, read.size());
    assertEquals(chunker.chunks(prompt.startsWith("the") ? "the" : "").get(0), read.get(0));
  }

  @Test
  void noTokenIsLostOrMadeUp() {
    Random random = new Random(8);
    String[] words = {"the ", ", ", "a cat ", "lighthouse ", "! "};
    for (int i = 0; i < 500; i++) {
      StringBuilder prompt = new StringBuilder();
      for (int length = random.nextInt(300); length > 0; length--) {
        prompt.append(words[random.nextInt(words.length)]);
      }
      List<Long> kept = new ArrayList<>();
      for (PromptChunk chunk : chunker.chunks(prompt.toString())) {
        long[] ids = chunk.ids();
        assertEquals(1998, ids[0]);
        for (int j = 1; ids[j] != 1999; j++) {
          kept.add(ids[j]);
        }
      }
      assertEquals(Arrays.stream(tokenizer.tokens(prompt.toString())).boxed().toList(), kept);
    }
  }

  @Test
  void aTokenizerWithoutRoomGivesAnEmptyChunk() throws IOException {
    Path source = TestModels.directory("tiny-sd1").resolve("tokenizer");
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(source.resolve(name), folder.resolve(name));
    }
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 2}");
    try (ClipTokenizer narrow = ClipTokenizer.open(folder)) {
      PromptChunker chunks = new PromptChunker(narrow, table(narrow));
      assertEquals(List.of(chunks.empty()), chunks.chunks("the (the)"));
    }
  }

  // ---------------------------------------------------------------- embeddings

  @Test
  void anEmbeddingTakesItsVectorsPlacesWhereItsNameStands() throws IOException {
    PromptChunker chunks = chunker(embedding("bad-hands-5", 3), embedding("bad", 1));
    long the = tokenizer.tokens("the")[0];
    long row = VOCABULARY;
    PromptChunk chunk = only(chunks.chunks("the (Bad-Hands-5:1.5) the bad"));
    assertArrayEquals(
        tokenizer.framed(new long[] {the, row, row + 1, row + 2, the, row + 3}), chunk.ids());
    assertEquals(1.5f, chunk.weights()[2]);
    assertEquals(1.5f, chunk.weights()[4]);
    assertEquals(1, chunk.weights()[5]);
    // Half a name, and a word that begins with one.
    PromptChunk none = only(chunks.chunks("hands-5 badly"));
    assertTrue(Arrays.stream(none.ids()).allMatch(id -> id < VOCABULARY));
  }

  @Test
  void anEmbeddingIsNotTornApart() throws IOException {
    PromptChunker chunks = chunker(embedding("style", 4));
    List<PromptChunk> read = chunks.chunks("the ".repeat(72) + "style");
    assertEquals(2, read.size());
    assertEquals(1999, read.get(0).ids()[73]);
    assertArrayEquals(tokenizer.framed(new long[] {2000, 2001, 2002, 2003}), read.get(1).ids());
    assertEquals(1, chunks.chunks("the ".repeat(71) + "style").size());
  }

  @Test
  void theTableHoldsTheVectorsInOrder() throws IOException {
    EmbeddingTable table = table(tokenizer, embedding("one", 2), embedding("two", 1));
    assertEquals(3, table.rows());
    assertEquals(96, table.values().length);
    assertEquals(0, table.values()[0]);
    assertEquals(63, table.values()[63]);
    assertEquals(0, table.values()[64]);
    PromptChunk chunk = only(new PromptChunker(tokenizer, table).chunks("two (one) two"));
    assertEquals(
        List.of("two", "one"), table.usedBy(chunk).stream().map(TextualInversion::name).toList());
  }

  /** The text encoder's table may have more rows than its tokenizer has tokens. */
  @Test
  void theRowsFollowThoseOfTheTextEncoder() throws IOException {
    EmbeddingTable table =
        new EmbeddingTable(
            List.of(embedding("style", 2)),
            tokenizer,
            TextualInversion.Encoder.ONLY,
            VOCABULARY + 64,
            32);
    PromptChunk chunk = only(new PromptChunker(tokenizer, table).chunks("style"));
    assertArrayEquals(tokenizer.framed(new long[] {VOCABULARY + 64, VOCABULARY + 65}), chunk.ids());
    assertEquals("style", table.usedBy(chunk).get(0).name());
  }

  /** As in AUTOMATIC1111's web UI: what follows a comma moves, and the embedding goes with it. */
  @Test
  void anEmbeddingFollowsWhatACommaMoves() throws IOException {
    PromptChunker chunks = chunker(embedding("style", 4));
    long the = tokenizer.tokens("the")[0];
    List<PromptChunk> read = chunks.chunks("the ".repeat(70) + ", the the the the style");
    assertEquals(2, read.size());
    assertArrayEquals(
        tokenizer.framed(new long[] {the, the, the, the, 2000, 2001, 2002, 2003}),
        read.get(1).ids());
    // Where the chunk is not full, the web UI moves nothing.
    read = chunks.chunks("the ".repeat(70) + ", the the the style");
    assertEquals(2, read.size());
    assertEquals(the, read.get(0).ids()[74]);
    assertArrayEquals(tokenizer.framed(new long[] {2000, 2001, 2002, 2003}), read.get(1).ids());
  }

  /** However long names and vectors are, no embedding is torn apart, and none is lost. */
  @Test
  void embeddingsStayWholeInRandomPrompts() throws IOException {
    Random random = new Random(20_260_103);
    int[] sizes = {1, 2, 5, 16, 40, 75};
    String[] names = {"style", "bad", "bad-hands-5", "<toy>", "x y", "the-old"};
    List<TextualInversion> embeddings = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      embeddings.add(TextualInversion.read(named(names[i], embedding("e" + i, sizes[i]))));
    }
    PromptChunker chunks = chunker(embeddings.toArray(TextualInversion[]::new));
    for (int round = 0; round < 200; round++) {
      StringBuilder prompt = new StringBuilder();
      int vectors = 0;
      for (int words = random.nextInt(60); words > 0; words--) {
        int i = random.nextInt(12);
        prompt.append(i < 6 ? names[i] : i < 8 ? "," : "cat").append(" , ");
        vectors += i < 6 ? sizes[i] : 0;
      }
      int seen = 0;
      for (PromptChunk chunk : chunks.chunks(prompt.toString())) {
        long[] ids = chunk.ids();
        assertEquals(77, ids.length);
        for (int at = 0; at < ids.length; at++) {
          int row = (int) ids[at] - VOCABULARY;
          if (row < 0) {
            continue;
          }
          int first = 0;
          int embedding = 0;
          while (row >= first + sizes[embedding]) {
            first += sizes[embedding++];
          }
          assertEquals(first, row, () -> "torn apart in " + prompt);
          for (int i = 0; i < sizes[embedding]; i++) {
            assertEquals(VOCABULARY + first + i, ids[at + i]);
          }
          at += sizes[embedding] - 1;
          seen += sizes[embedding];
        }
      }
      assertEquals(vectors, seen, prompt::toString);
    }
  }

  private static EmbeddingChoice named(String name, TextualInversion embedding) {
    return new EmbeddingChoice(name, Path.of(embedding.source()));
  }

  /** ComfyUI's form: the prefix belongs to a known name alone, whose file may be told. */
  @Test
  void aKnownNameMayHaveAPrefix() throws IOException {
    PromptChunker chunks =
        chunker(
            embedding("style", 2),
            TextualInversion.read(named("<toy>", embedding("t", 1))),
            embedding("v1.5", 1));
    for (String[] same :
        new String[][] {
          {"a embedding:style boat", "a style boat"},
          {"a embedding:STYLE.pt, boat", "a style, boat"},
          {"a (Embedding:style:1.3) boat", "a (style:1.3) boat"},
          {"a embedding:sub/style.safetensors", "a style"},
          {"a embedding:<toy>", "a <toy>"},
          {"embedding:v1.5", "v1.5"},
        }) {
      assertEquals(chunks.chunks(same[1]), chunks.chunks(same[0]), same[0]);
      assertEquals(List.of(), chunks.unknownEmbeddings(same[0]), same[0]);
    }
    assertEquals(List.of("styles"), chunks.unknownEmbeddings("embedding:styles, a"));
    assertEquals(chunker().chunks("embedding:styles"), chunks.chunks("embedding:styles"));
  }

  /** An offer is read when its name is found, and gets rows behind all others. */
  @Test
  void anOfferIsReadWhenItIsNamed() throws IOException {
    TextualInversion given = embedding("given", 2);
    TextualInversion late = embedding("late", 3);
    List<String> read = new ArrayList<>();
    List<OfferedEmbedding> offers = new ArrayList<>();
    for (TextualInversion one : List.of(late, TextualInversion.read(named("given", late)))) {
      offers.add(
          new OfferedEmbedding(
              one.name(),
              () -> {
                read.add(one.name());
                return one;
              }));
    }
    offers.add(
        new OfferedEmbedding(
            "useless",
            () -> {
              throw new ModelException("it is of no use");
            }));
    EmbeddingTable table =
        new EmbeddingTable(
            List.of(given), offers, tokenizer, TextualInversion.Encoder.ONLY, VOCABULARY, 32);
    PromptChunker chunks = new PromptChunker(tokenizer, table);
    assertEquals(2, table.rows());
    assertArrayEquals(
        tokenizer.framed(new long[] {2000, 2001}), only(chunks.chunks("given")).ids());
    assertEquals(List.of(), read);
    assertArrayEquals(
        tokenizer.framed(new long[] {2002, 2003, 2004, 2000, 2001, 2002, 2003, 2004}),
        only(chunks.chunks("late given late")).ids());
    assertEquals(List.of("late"), read);
    assertEquals(5, table.rows());
    assertEquals(chunker().chunks("useless"), chunks.chunks("useless"));
    assertEquals(
        "it is of no use; its name counts as text", offers.get(2).takeWarning().orElseThrow());
    assertTrue(offers.get(2).takeWarning().isEmpty());
  }

  @Test
  void whatDoesNotFitTheModelIsRefused() throws IOException {
    assertRefused(
        "the embedding is 768 wide (as in Stable Diffusion 1.x), but the model's text encoder 32",
        () -> chunker(write("d.safetensors", Map.of("a", data(768)))));
    assertRefused(
        "the embedding long has 76 vectors, but the text encoder takes 75 tokens at once",
        () -> chunker(embedding("long", 76)));
    assertRefused(
        "has the same name in a prompt as",
        () -> chunker(embedding("Style", 1), embedding("style", 1)));
    assertRefused("its name cannot be a word", () -> chunker(embedding(" ", 1)));
  }

  private interface Action {
    Object run() throws IOException;
  }

  private static void assertRefused(String says, Action action) {
    String message = assertThrows(ModelException.class, action::run).getMessage();
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count());
  }

  private TextualInversion embedding(String name, int vectors) throws IOException {
    return write(name + ".safetensors", Map.of("emb_params", data(vectors, 32)));
  }

  private TextualInversion write(String name, Map<String, TensorData> tensors) throws IOException {
    Path file = folder.resolve(name);
    new SafetensorsWriter(StoredType.F32).write(file, new LinkedHashMap<>(tensors), Map.of());
    return TextualInversion.read(file);
  }

  /** Numbers 0, 1, 2... */
  private static TensorData data(long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    return TensorData.of(values, shape);
  }

  private static PromptChunker chunker(TextualInversion... embeddings) {
    return new PromptChunker(tokenizer, table(tokenizer, embeddings));
  }

  private static EmbeddingTable table(ClipTokenizer tokenizer, TextualInversion... embeddings) {
    return new EmbeddingTable(
        List.of(embeddings), tokenizer, TextualInversion.Encoder.ONLY, VOCABULARY, 32);
  }

  private static PromptChunk only(List<PromptChunk> chunks) {
    assertEquals(1, chunks.size());
    return chunks.get(0);
  }
}
