package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileStemTest {
  @ParameterizedTest
  @CsvSource({
    "A red house,a-red-house",
    "'a  house, (night:1.3)!',a-house-night-1-3",
    "don't,dont",
    "'',untitled",
    "' ',untitled",
    "🏠🌲,untitled",
    "../../etc/passwd,etc-passwd",
    "-rf,rf",
    ".hidden,hidden",
    "'C:\\dir',c-dir",
    "'line\nbreak\u0007',line-break",
    "'a\u202eb',ab",
    "家と木,家と木",
    "Красный дом,красный-дом",
    "e\u0301te\u0301,été",
    "हिन्दी,हिन्दी",
    "con,con_",
    "NUL,nul_",
    "lpt1,lpt1_",
    "console,console",
    "snake_case,snake_case"
  })
  void namesAreSafe(String prompt, String stem) {
    assertEquals(stem, FileStem.of(prompt));
  }

  @Test
  void longPromptsAreCutBetweenWords() {
    assertEquals(
        "a-red-house-left-of-a-green-tree-on-a-snowy-hill-at-night",
        FileStem.of("a red house left of a green tree on a snowy hill at night, full moon"));
    assertEquals("x".repeat(60), FileStem.of("x".repeat(500)));
  }

  @Test
  void marksStayWithTheirLetters() {
    // A letter with marks that no single character has, across the limit of 60.
    String stem = FileStem.of("x".repeat(58) + "q\u0301\u0301\u0301\u0301");
    assertEquals("x".repeat(58), stem);
    assertTrue(FileStem.of("q" + "\u0301".repeat(100)).length() <= 60);
  }

  @Test
  void anyTextGivesANameForEveryFileSystem() {
    Random random = new Random(3);
    for (int round = 0; round < 5000; round++) {
      StringBuilder prompt = new StringBuilder();
      for (int i = random.nextInt(200); i >= 0; i--) {
        prompt.appendCodePoint(random.nextInt(random.nextBoolean() ? 0x100 : 0x20000));
      }
      String stem = FileStem.of(prompt.toString().replaceAll("\\p{Cs}", "?"));
      assertTrue(stem.matches("[\\p{L}\\p{M}\\p{N}_][\\p{L}\\p{M}\\p{N}_-]*"), stem);
      assertTrue(stem.codePointCount(0, stem.length()) <= 61, stem);
      assertTrue(stem.getBytes(StandardCharsets.UTF_8).length <= 161, stem);
    }
  }
}
