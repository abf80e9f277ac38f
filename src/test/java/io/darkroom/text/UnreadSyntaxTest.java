package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnreadSyntaxTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a cat <hypernet:fur:0.5> | '<hypernet:NAME:1>'",
        "<segment:face> a cat | '<hypernet:NAME:1>'",
        "a cat AND a dog | 'AND'",
        "a [cat:dog:0.5] | '[from:to:0.5]'",
        "a [cat: 12 ] | '[from:to:0.5]'",
        "a [:dog:.5] | '[from:to:0.5]'",
        "\"a [cat|dog]\" | '[a|b]'",
        "\"a {red|blue} cat\" | '{a|b}'",
        "a __colour__ cat | '__NAME__'",
        "__animals/big_cats__ | '__NAME__'",
        "\"a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7\" | 'Steps: 20",
        "\"a cat\nNegative prompt: a dog\" | 'Steps: 20",
      })
  void oneWarningForEachKind(String prompt, String says) {
    List<String> warnings = UnreadSyntax.warnings(prompt.replace("\\n", "\n"));
    assertEquals(1, warnings.size(), prompt + warnings);
    assertTrue(warnings.get(0).contains(says), warnings.get(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a cat, (red:1.2), [blue], BREAK, <lora:ink:0.8:0.5>, <lyco:ink>",
        "a <cat-toy> on a beach and sand, ANDes, 12:30",
        "a \\[cat:0.5\\] {cat} snake_case __ x",
        "[a, b: c] steps: three",
        ""
      })
  void whatIsReadOrTextForEverybodyHasNone(String prompt) {
    assertEquals(List.of(), UnreadSyntax.warnings(prompt));
  }

  @Test
  void aLoraInTheNegativePromptIsText() {
    List<String> warnings = UnreadSyntax.warningsOfNegative("ugly <lora:ink:1> AND");
    assertEquals(2, warnings.size());
    assertTrue(warnings.get(1).contains("<lora:...>"), warnings.get(1));
    assertEquals(List.of(), UnreadSyntax.warningsOfNegative("ugly"));
  }

  @Test
  void longPromptsTakeNoTime() {
    for (String piece : List.of("[", "[a:", "{", "|", "<a:", "_", "__a", ":1", "1", " ", "AND")) {
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> UnreadSyntax.warningsOfNegative("[x:" + piece.repeat(100_000)),
          piece);
    }
  }
}
