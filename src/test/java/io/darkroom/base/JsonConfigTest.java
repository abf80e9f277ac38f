package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JsonConfigTest {
  @TempDir Path folder;

  @Test
  void valuesComeInTheirTypes() throws IOException {
    JsonConfig config =
        read(
            """
            {"i": 3, "whole": 3.0, "d": 1e-05, "t": "silu", "f": true, "n": null,
             "list": [1, 2], "texts": ["a"]}""");
    assertEquals(3, config.integer("i"));
    assertEquals(3, config.integer("whole"));
    assertEquals(1e-5, config.number("d"));
    assertEquals("silu", config.text("t"));
    assertTrue(config.flag("f"));
    assertEquals(List.of(1, 2), config.integers("list"));
    assertEquals(List.of(1, 2), config.integerForEach("list", 2));
    assertEquals(List.of(3, 3, 3), config.integerForEach("i", 3));
    assertEquals(List.of("a"), config.texts("texts"));
  }

  @Test
  void anAbsentOrNullKeyTakesTheFallback() throws IOException {
    JsonConfig config = read("{\"n\": null}");
    for (String key : List.of("n", "absent")) {
      assertFalse(config.has(key));
      assertEquals(7, config.integer(key, 7));
      assertEquals(0.5, config.number(key, 0.5));
      assertEquals("x", config.text(key, "x"));
      assertTrue(config.flag(key, true));
      assertEquals(List.of(9), config.integers(key, List.of(9)));
      assertEquals(List.of(4, 4), config.integerForEach(key, 2, 4));
      assertThrows(ModelException.class, () -> config.integer(key));
    }
  }

  static Stream<Arguments> wrongTypes() {
    return Stream.of(
        wrong("{\"k\": \"3\"}", config -> config.integer("k"), "a whole number, not \"3\""),
        wrong("{\"k\": 3.5}", config -> config.integer("k"), "a whole number, not 3.5"),
        wrong("{\"k\": 2147483648}", config -> config.integer("k"), "not 2147483648"),
        wrong("{\"k\": 1e999999999}", config -> config.integer("k"), "not 1e999999999"),
        wrong("{\"k\": 1e-999999999}", config -> config.integer("k"), "not 1e-999999999"),
        wrong("{\"k\": 1e999}", config -> config.number("k"), "a number, not 1e999"),
        wrong("{\"k\": true}", config -> config.number("k", 1), "a number, not true"),
        wrong("{\"k\": 1}", config -> config.text("k"), "a string, not 1"),
        wrong("{\"k\": 0}", config -> config.flag("k", false), "true or false, not 0"),
        wrong("{\"k\": {\"a\": 1}}", config -> config.integers("k"), "not an object"),
        wrong("{\"k\": [1, \"2\"]}", config -> config.integers("k"), "not \"2\""),
        wrong("{\"k\": [1, 2]}", config -> config.integerForEach("k", 3), "list of 3, not [1,2]"),
        wrong("{\"k\": \"a\\nb\"}", config -> config.integer("k"), "not \"a\\nb\""));
  }

  private static Arguments wrong(String json, Consumer<JsonConfig> reading, String says) {
    return Arguments.of(json, reading, says);
  }

  @ParameterizedTest
  @MethodSource("wrongTypes")
  void aWrongTypeNamesFileKeyAndValue(String json, Consumer<JsonConfig> reading, String says)
      throws IOException {
    JsonConfig config = read(json);
    ModelException refused = assertThrows(ModelException.class, () -> reading.accept(config));
    String message = refused.getMessage();
    assertTrue(message.startsWith(folder.resolve("config.json") + ": \"k\" must be "), message);
    assertTrue(message.endsWith(says), message);
    assertEquals(1, message.lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\": 1,|ends too early, at line 1 column 9",
        "{\"a\": 1 \"b\"}|not valid JSON at line 1 column",
        "{\"a\": NaN}|not valid JSON at line 1 column",
        "[]|must hold a JSON object",
        "``|ends too early, at line 1 column 1",
        "{} {}|not valid JSON at line 1 column",
      })
  void aBrokenFileTellsWhere(String json, String says) throws IOException {
    ModelException refused = assertThrows(ModelException.class, () -> read(json));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }

  @Test
  void deepNestingAndMalformedTextAreModelErrors() throws IOException {
    String deep = "{\"a\":" + "[".repeat(200_000);
    assertThrows(ModelException.class, () -> read(deep));
    Path file = folder.resolve("latin.json");
    Files.write(file, new byte[] {'{', '"', (byte) 0xe9, '"', ':', '1', '}'});
    ModelException refused = assertThrows(ModelException.class, () -> JsonConfig.read(file));
    assertTrue(refused.getMessage().contains("not UTF-8"), refused.getMessage());
    assertThrows(ModelException.class, () -> JsonConfig.read(folder.resolve("absent.json")));
    assertThrows(ModelException.class, () -> JsonConfig.read(folder));
  }

  /** Each three characters would become some hundred bytes. */
  @Test
  void aLargeTreeIsRefusedBeforeItFillsMemory() throws IOException {
    String many = "{\"a\":[{}" + ",{}".repeat(5_000_000) + "]}";
    ModelException refused = assertThrows(ModelException.class, () -> read(many));
    assertTrue(refused.getMessage().contains("has more than 500000 values"), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
    String list = "{\"a\":[1" + ",1".repeat(400_000) + "]}";
    assertEquals(400_001, read(list).integers("a").size());
  }

  private JsonConfig read(String json) throws IOException {
    return JsonConfig.read(Files.writeString(folder.resolve("config.json"), json));
  }
}
