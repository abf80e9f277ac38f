package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class ClipTokenizerTest {
  private static final Path MODELS = Path.of("src", "test", "resources", "models");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint"})
  void theSmallVocabulariesGiveTheReferenceIds(String model) throws IOException {
    JsonObject expected =
        golden().getAsJsonObject("per_model").getAsJsonObject(model + "/tokenizer");
    try (ClipTokenizer tokenizer = open(model)) {
      assertEquals(expected.get("vocab_size").getAsInt(), tokenizer.vocabularySize());
      for (JsonElement element : expected.getAsJsonArray("cases")) {
        JsonObject example = element.getAsJsonObject();
        String prompt = example.get("prompt").getAsString();
        long[] ids = longs(example.getAsJsonArray("padded77"));
        assertArrayEquals(ids, tokenizer.encode(prompt).ids(), prompt);
      }
    }
  }

  /** What the next test holds the tokenizer against is right where the reference can be asked. */
  @Test
  void thePlainAlgorithmGivesTheReferenceIds() throws IOException {
    PlainBytePairs plain = new PlainBytePairs(MODELS.resolve("tiny-sd1").resolve("tokenizer"));
    JsonObject expected = golden().getAsJsonObject("per_model");
    for (JsonElement element :
        expected.getAsJsonObject("tiny-sd1/tokenizer").getAsJsonArray("cases")) {
      JsonObject example = element.getAsJsonObject();
      String prompt = example.get("prompt").getAsString();
      assertArrayEquals(
          longs(example.getAsJsonArray("padded77")), plain.encode(prompt, 77), prompt);
    }
  }

  /**
   * A vocabulary as large as CLIP's, in which every two and three letters are merged in an order
   * that is drawn, so that each prompt is parted in many ways before the right one; the prompts are
   * of all scripts and signs.
   */
  @Test
  void aVocabularyOfClipsSizeGivesWhatThePlainAlgorithmGives() throws IOException {
    writeLargeVocabulary(new Random(49_408));
    PlainBytePairs plain = new PlainBytePairs(folder);
    Random random = new Random(5);
    int compared = 0;
    int large = 0;
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertEquals(49408, tokenizer.vocabularySize());
      for (JsonElement element : golden().getAsJsonArray("cases")) {
        String prompt = element.getAsJsonObject().get("prompt").getAsString();
        long[] expected = plain.encode(prompt, 77);
        TokenizedPrompt encoded = tokenizer.encode(prompt);
        assertArrayEquals(expected, encoded.ids(), prompt);
        assertEquals(encoded.lost().isEmpty(), plain.encode(prompt, 10_000)[76] == 49407, prompt);
        large += (int) Arrays.stream(expected).filter(id -> id > 32767 && id < 49406).count();
        compared++;
      }
      for (int i = 0; i < 300; i++) {
        String words = randomWords(random);
        assertArrayEquals(plain.encode(words, 77), tokenizer.encode(words).ids(), words);
      }
    }
    assertEquals(50, compared);
    assertTrue(large > 20, large + " tokens beyond 16 bits with a sign");
  }

  private static String randomWords(Random random) {
    StringBuilder words = new StringBuilder();
    for (int i = random.nextInt(60); i >= 0; i--) {
      int kind = random.nextInt(12);
      words.append(
          kind == 0
              ? ' '
              : kind == 1
                  ? (char) ('!' + random.nextInt(30))
                  : (char) ((random.nextInt(9) == 0 ? 'A' : 'a') + random.nextInt(26)));
    }
    return words.toString();
  }

  private void writeLargeVocabulary(Random random) throws IOException {
    List<String> merges = new ArrayList<>();
    List<String> letters =
        IntStream.rangeClosed('a', 'z').mapToObj(letter -> Character.toString(letter)).toList();
    List<String> pairs = new ArrayList<>();
    for (String first : letters) {
      letters.forEach(second -> pairs.add(first + second));
    }
    for (String ending : List.of("", PlainBytePairs.WORD_END)) {
      pairs.forEach(pair -> merges.add(pair.charAt(0) + " " + pair.charAt(1) + ending));
      pairs.forEach(pair -> letters.forEach(third -> merges.add(pair + " " + third + ending)));
    }
    // Those of one letter and one accent, as bytes.
    String[] alphabet = PlainBytePairs.alphabet();
    for (int i = 0x80; i < 0xc0; i++) {
      merges.add(alphabet[0xc3] + " " + alphabet[i]);
      merges.add(alphabet[0xc3] + " " + alphabet[i] + PlainBytePairs.WORD_END);
    }
    Collections.shuffle(merges, random);
    List<String> fours = new ArrayList<>();
    for (String pair : pairs) {
      pairs.forEach(other -> fours.add(pair + " " + other + PlainBytePairs.WORD_END));
    }
    Collections.shuffle(fours, random);
    merges.addAll(fours.subList(0, 49_408 - 2 - 512 - merges.size()));

    JsonObject vocabulary = new JsonObject();
    for (String ending : List.of("", PlainBytePairs.WORD_END)) {
      for (String letter : alphabet) {
        vocabulary.addProperty(letter + ending, vocabulary.size());
      }
    }
    merges.forEach(merge -> vocabulary.addProperty(merge.replace(" ", ""), vocabulary.size()));
    vocabulary.addProperty(PlainBytePairs.BEGIN, vocabulary.size());
    vocabulary.addProperty(PlainBytePairs.END, vocabulary.size());
    assertEquals(49_408, vocabulary.size());
    Files.writeString(folder.resolve("vocab.json"), vocabulary.toString());
    Files.writeString(
        folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");
  }

  @Test
  void anEmptyPromptIsBeginningAndEnd() {
    try (ClipTokenizer tokenizer = open("tiny-sd2")) {
      long[] ids = new long[77];
      ids[0] = 1998;
      ids[1] = 1999;
      assertEquals(new TokenizedPrompt(ids, 2, ""), tokenizer.encode(""));
      assertEquals(new TokenizedPrompt(ids, 2, ""), tokenizer.encode(" \t\r\n "));
    }
  }

  @Test
  void aLongPromptIsCutAndTheLostTextIsTheUsersOwn() {
    try (ClipTokenizer tokenizer = open("tiny-sd1")) {
      String prompt = "the ".repeat(75) + "Cliff, 🐱 and É";
      TokenizedPrompt encoded = tokenizer.encode(prompt);
      assertEquals(77, encoded.length());
      assertEquals(1999, encoded.ids()[76]);
      assertEquals("Cliff, 🐱 and É", encoded.lost());
      assertEquals("", tokenizer.encode("the ".repeat(75)).lost());
      assertEquals("the", tokenizer.encode("the ".repeat(76)).lost());
      // Offsets count before lower-casing and composing, and an emoji is two chars in Java.
      String decorated = "🐱 E\u0301 İ " + "the ".repeat(80) + "END";
      String lost = tokenizer.encode(decorated).lost();
      assertTrue(decorated.endsWith(lost) && lost.startsWith("the"), lost);
      assertEquals(
          Arrays.stream(tokenizer.encode(decorated).ids()).limit(76).boxed().toList(),
          Arrays.stream(
                  tokenizer
                      .encode(decorated.substring(0, decorated.length() - lost.length()))
                      .ids())
              .limit(76)
              .boxed()
              .toList());
    }
  }

  @Test
  void anyTextAtAllIsEncoded() {
    Random random = new Random(11);
    try (ClipTokenizer tokenizer = open("tiny-sd1")) {
      for (int i = 0; i < 2000; i++) {
        char[] chars = new char[random.nextInt(200)];
        for (int j = 0; j < chars.length; j++) {
          chars[j] = (char) random.nextInt(random.nextInt(4) == 0 ? 0x10000 : 0x80);
        }
        String prompt = new String(chars);
        TokenizedPrompt encoded = assertDoesNotThrow(() -> tokenizer.encode(prompt));
        assertEquals(77, encoded.ids().length);
        assertEquals(1998, encoded.ids()[0]);
        assertEquals(1999, encoded.ids()[encoded.length() - 1]);
        assertTrue(Arrays.stream(encoded.ids()).allMatch(id -> id >= 0 && id < 2000));
        assertTrue(prompt.strip().endsWith(encoded.lost()), prompt);
        assertEquals(encoded, tokenizer.encode(prompt));
      }
    }
  }

  @Test
  void aLoneSurrogateCountsAsAReplacementCharacter() {
    try (ClipTokenizer tokenizer = open("tiny-sd1")) {
      for (String lone : List.of("\ud83d", "\udc31", "\udc31\ud83d")) {
        String replaced = "\ufffd".repeat(lone.length());
        assertEquals(tokenizer.encode("a " + replaced), tokenizer.encode("a " + lone));
      }
      assertEquals(tokenizer.encode("a\u0000b"), tokenizer.encode("a\u0000b"));
    }
  }

  @Test
  void manyThreadsGetTheSame() {
    try (ClipTokenizer tokenizer = open("tiny-sd1")) {
      List<TokenizedPrompt> alone =
          IntStream.range(0, 500).mapToObj(i -> tokenizer.encode("house " + i)).toList();
      List<TokenizedPrompt> together =
          IntStream.range(0, 500).parallel().mapToObj(i -> tokenizer.encode("house " + i)).toList();
      assertEquals(alone, together);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1000000000000000019884624838656, 77",
    "77, 77",
    "24, 24",
    "248, 248",
    "null, 77",
    "2, 2"
  })
  void theMaximalLengthIsTheConfigsUnlessThatMeansUnknown(String configured, int expected)
      throws IOException {
    copyVocabulary();
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"model_max_length\": " + configured + "}");
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertEquals(expected, tokenizer.maxLength());
      TokenizedPrompt encoded = tokenizer.encode("the ".repeat(300));
      assertEquals(expected, encoded.ids().length);
      assertEquals(expected, encoded.length());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "-77", "76.5", "\"77\""})
  void aMaximalLengthThatIsNoneIsRefused(String configured) throws IOException {
    copyVocabulary();
    Files.writeString(
        folder.resolve("tokenizer_config.json"), "{\"model_max_length\": " + configured + "}");
    assertRefused("model_max_length");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        // config ; special tokens map ; id of the padding
        "{} ; {} ; 1999",
        "{\"pad_token\": \"!\"} ; {} ; 0",
        "{\"pad_token\": {\"content\": \"!\"}} ; {} ; 0",
        "{\"pad_token\": \"!\"} ; {\"pad_token\": \"<|endoftext|>\"} ; 1999",
        "{\"pad_token\": \"<|endoftext|>\"} ; {\"pad_token\": \"!\"} ; 0",
        "{\"pad_token\": \"!\", \"added_tokens_decoder\": {}} ; {\"pad_token\": \"#\"} ; 0",
        "{\"pad_token\": null} ; {\"pad_token\": \"#\"} ; 2",
      })
  void thePaddingIsFoundWhereTransformersFindsIt(String config, String map, long padding)
      throws IOException {
    copyVocabulary();
    Files.writeString(folder.resolve("tokenizer_config.json"), config);
    Files.writeString(folder.resolve("special_tokens_map.json"), map);
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertEquals(padding, tokenizer.encode("").ids()[76]);
    }
  }

  @Test
  void aTokenizerInOneFileGivesTheSame() throws IOException {
    Path source = MODELS.resolve("tiny-sd2").resolve("tokenizer");
    SpecialTokens tokens = SpecialTokens.read(source);
    byte[] vocab = Files.readAllBytes(source.resolve("vocab.json"));
    Vocabulary vocabulary =
        Vocabulary.ofVocabJson(vocab, source, Set.of("<|startoftext|>", "<|endoftext|>", "!"));
    byte[] whole =
        TokenizerJson.compose(
            vocab, Files.readAllBytes(source.resolve("merges.txt")), vocabulary, tokens);
    // What the file itself says of cutting and padding does not count.
    JsonObject json =
        JsonParser.parseString(new String(whole, StandardCharsets.UTF_8)).getAsJsonObject();
    json.add(
        "truncation",
        JsonParser.parseString(
            "{\"direction\":\"Right\",\"max_length\":5,\"strategy\":\"LongestFirst\",\"stride\":0}"));
    json.add(
        "padding",
        JsonParser.parseString(
            """
            {"strategy":{"Fixed":9},"direction":"Right","pad_to_multiple_of":null,"pad_id":3,\
            "pad_type_id":0,"pad_token":"$"}"""));
    Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    for (String name : List.of("tokenizer_config.json", "special_tokens_map.json")) {
      Files.copy(source.resolve(name), folder.resolve(name));
    }
    try (ClipTokenizer one = ClipTokenizer.open(folder);
        ClipTokenizer other = open("tiny-sd2")) {
      assertEquals(other.vocabularySize(), one.vocabularySize());
      for (String prompt : List.of("", "a cat!", "the ".repeat(100), "ÉÀ 🐱 <|endoftext|> it's")) {
        assertEquals(other.encode(prompt), one.encode(prompt), prompt);
      }
    }
  }

  @Test
  void missingAndMalformedFilesAreModelErrors() throws IOException {
    assertRefused("neither tokenizer.json nor vocab.json with merges.txt");
    copyVocabulary();
    String vocab = Files.readString(folder.resolve("vocab.json"));
    String merges = Files.readString(folder.resolve("merges.txt"));
    for (String broken :
        List.of(
            "",
            "[]",
            "{",
            "{\"a\": \"b\"}",
            "{\"a\": -1}",
            "{\"a\": 1.5}",
            "{\"a\": 99999999999}",
            vocab.substring(0, 5000),
            vocab + "}")) {
      Files.writeString(folder.resolve("vocab.json"), broken);
      assertRefused(
          "vocab.json: is not the vocabulary of a tokenizer: the error is at line 1 column");
    }
    Files.writeString(folder.resolve("vocab.json"), vocab.replace("<|endoftext|>", "<end>"));
    assertRefused("vocab.json: the vocabulary has no token \"<|endoftext|>\"");
    Files.writeString(folder.resolve("vocab.json"), vocab);
    for (String broken : List.of(merges + "\nabc", merges + "\nqq zz", "\0", merges + "\na\tb")) {
      Files.writeString(folder.resolve("merges.txt"), broken);
      assertRefused("merges.txt: is not a tokenizer: ");
    }
    Files.writeString(folder.resolve("merges.txt"), merges);
    for (String broken : List.of("", "{}", "{\"model\": 1}", "{\"model\": {\"vocab\": {}}}", "[")) {
      Files.writeString(folder.resolve("tokenizer.json"), broken);
      assertRefused("tokenizer.json: ");
    }
  }

  @Test
  void damagedVocabulariesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(3);
    copyVocabulary();
    for (String name : List.of("vocab.json", "merges.txt")) {
      byte[] whole = Files.readAllBytes(folder.resolve(name));
      for (int i = 0; i < 150; i++) {
        byte[] bytes = whole.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        Files.write(folder.resolve(name), bytes);
        try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
          tokenizer.encode("a photograph of an astronaut! 🐱");
        } catch (ModelException refused) {
          assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
        }
      }
      Files.write(folder.resolve(name), whole);
    }
  }

  private void assertRefused(String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> ClipTokenizer.open(folder).close());
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith(folder.toString()), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
  }

  private void copyVocabulary() throws IOException {
    for (String name : List.of("vocab.json", "merges.txt")) {
      Files.copy(
          MODELS.resolve("tiny-sd1").resolve("tokenizer").resolve(name), folder.resolve(name));
    }
  }

  private static ClipTokenizer open(String model) {
    return ClipTokenizer.open(MODELS.resolve(model).resolve("tokenizer"));
  }

  private static JsonObject golden() throws IOException {
    Path file = Path.of("src", "test", "resources", "golden", "tokenizer.json");
    try (Reader text = Files.newBufferedReader(file)) {
      return JsonParser.parseReader(text).getAsJsonObject();
    }
  }

  private static long[] longs(JsonArray array) {
    return array.asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }
}
