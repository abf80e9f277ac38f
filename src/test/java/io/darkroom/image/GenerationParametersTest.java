package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationParametersTest {
  @Test
  void theFormIsTheWebUis() {
    assertEquals(
        """
a red house, at night
Negative prompt: fog
Steps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 42, Size: 512x512, Model hash: 45dee52b03, \
Model: scenes, Version: darkroom 0.1.0""",
        new GenerationParameters("a red house, at night", "fog", settings("scenes")).text());
  }

  @Test
  void whatIsEmptyIsLeftOut() {
    assertEquals(
        "Steps: 20, Sampler: DDIM, CFG scale: 7.5",
        new GenerationParameters("", "", firstThree()).text());
    assertEquals("a house", new GenerationParameters("a house", "", Map.of()).text());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain|plain",
        "a, b|\"a, b\"",
        "v1: new|\"v1: new\"",
        "say \"x\", 家|\"say \\\"x\\\", 家\"",
        "back\\slash|back\\slash",
        "<b>&'=,|\"<b>&'=,\"",
      })
  void valuesAreQuotedOnlyWhereTheyMust(String value, String written) {
    String text = new GenerationParameters("", "", settings(value)).text();
    assertEquals(written, text.replaceFirst(".*, Model: (.*), Version: .*", "$1"));
  }

  @Test
  void aNewlineInAValueStaysInTheLine() {
    String text = new GenerationParameters("", "", settings("two\nlines")).text();
    assertEquals(1, text.lines().count());
    assertEquals("two\nlines", GenerationParameters.parse(text).settings().get("Model"));
  }

  @Test
  void textOfTheWebUiIsRead() {
    GenerationParameters parsed =
        GenerationParameters.parse(
            """
            masterpiece, (red house:1.3)
            on a hill
            Negative prompt: fog, rain
            snow
            Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 965400086, \
            Size: 512x768, Model hash: c0d1994c73, Model: realistic, Clip skip: 2, \
            Lora hashes: "one: 1234, two: 5678", Version: v1.10.1""");
    assertEquals("masterpiece, (red house:1.3)\non a hill", parsed.prompt());
    assertEquals("fog, rain\nsnow", parsed.negativePrompt());
    assertEquals("DPM++ 2M", parsed.settings().get("Sampler"));
    assertEquals("one: 1234, two: 5678", parsed.settings().get("Lora hashes"));
    assertEquals("v1.10.1", parsed.settings().get("Version"));
    assertEquals(11, parsed.settings().size());
  }

  @Test
  void anyTextIsRead() {
    for (String text :
        List.of("", "just words", "one: two", "a: \"unfinished, b: c, dd: e", "\n")) {
      assertEquals(text, GenerationParameters.parse(text).prompt());
    }
    String escapes = "Steps: \"" + "\\n".repeat(1_000_000);
    assertEquals(escapes, GenerationParameters.parse(escapes).prompt());
  }

  @Test
  void whatIsWrittenIsReadBack() {
    Random random = new Random(5);
    for (int round = 0; round < 20_000; round++) {
      Map<String, String> settings = settings(words(random));
      settings.put("Eta DDIM", words(random));
      var parameters = new GenerationParameters(words(random), words(random), settings);
      assertEquals(parameters, GenerationParameters.parse(parameters.text()), parameters::text);
    }
  }

  @Test
  void namesOfSettingsAreChecked() {
    for (String bad : List.of("", "a", "a:b", "a, b", " Steps", "Steps ")) {
      Map<String, String> settings = Map.of(bad, "1");
      assertThrows(
          IllegalArgumentException.class, () -> new GenerationParameters("", "", settings), bad);
    }
  }

  private static String words(Random random) {
    String[] pieces = {
      "house",
      " ",
      ",",
      ":",
      "\n",
      "\"",
      "\\",
      "家",
      "🏠",
      "Steps: 1, Seed: 2, Size: 3x3",
      "\t",
      "é",
      "Negative prompt",
      "\r",
      "\u2028",
      "{",
      "null",
      "0"
    };
    StringBuilder words = new StringBuilder();
    for (int count = random.nextInt(6); count > 0; count--) {
      words.append(pieces[random.nextInt(pieces.length)]);
    }
    // The one thing that the form cannot say.
    return words.toString().replace("Negative prompt:", "Negative prompt");
  }

  private static Map<String, String> firstThree() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("Steps", "20");
    settings.put("Sampler", "DDIM");
    settings.put("CFG scale", "7.5");
    return settings;
  }

  private static Map<String, String> settings(String model) {
    Map<String, String> settings = firstThree();
    settings.put("Seed", "42");
    settings.put("Size", "512x512");
    settings.put("Model hash", "45dee52b03");
    settings.put("Model", model);
    settings.put("Version", "darkroom 0.1.0");
    return settings;
  }
}
