package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Prompts with weights. The first examples are those that the documentation of the reference's
 * parser gives.
 */
@Tag("slow")
class WeightedTextTest {
  private static final int BOMB = 400_000;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "normal text;normal text=1",
        "an (important) word;an =1|important=1.1| word=1",
        "(unbalanced;unbalanced=1.1",
        "\\(literal\\];(literal]=1",
        "(unnecessary)(parens);unnecessaryparens=1.1",
        "a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).;"
            + "a =1|house=1.573| =1.1|on=1| a =1.1|hill=0.55|, sun, =1.1|sky=1.4641|.=1.1",
        "((word));word=1.21",
        "[word];word=0.90909094",
        "[[word]];word=0.8264463",
        "[unbalanced;unbalanced=0.90909094",
        "closed) too] often;closed) too] often=1",
        "(a [b) c];a =1.1|b=1| c=0.90909094",
        "(a:1.3;a:1.3=1.1",
        "a:1.3);a:1.3)=1",
        "(a: 1.3 );a=1.3",
        "(a:-0.5);a=-0.5",
        "(a:+.5);a=0.5",
        "(a:0);a=0",
        "(a:1.2.3);a:1.2.3=1.1",
        "(a:.);a:.=1.1",
        "(a:b:1.5);a:b=1.5",
        "[a:1.5];a:1.5=0.90909094",
        "([a:1.5]);a:1.5=1",
        "(a:1.5] b;a:1.5] b=1.1",
        "16:9 (wide:1.2);16:9 =1|wide=1.2",
        "a \\\\ b;a \\ b=1",
        "a \\b;a b=1",
        "(\\(a\\):1.2);(a)=1.2",
        "();",
        "(:1.5);",
        "a (:9)b;a b=1",
        "(a:1e9);a:1e9=1.1",
        "(a:99999999999999999999);a=1000000",
      })
  void oneSection(String prompt, String expected) {
    assertEquals(
        expected == null ? "" : expected, written(only(WeightedText.parse(prompt))), prompt);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "a BREAK b;a=1 / b=1",
        "BREAK;` / `",
        "a BREAKBREAK b;a BREAKBREAK b=1",
        "a break b;a break b=1",
        "a BREAK  BREAK b;a=1 /  / b=1",
        "(a BREAK b:1.2) c;a=1.2 / b=1.2| c=1",
        "(a)BREAK(b);a=1.1 / b=1.1",
        "a,BREAK,b;a,=1 / ,b=1",
        "BREAK a;` / a=1`",
      })
  void sections(String prompt, String expected) {
    assertEquals(
        expected,
        WeightedText.parse(prompt).stream()
            .map(WeightedTextTest::written)
            .collect(Collectors.joining(" / ")));
  }

  /** Against the rules carried out one by one, however long that takes. */
  @Test
  void anyTextIsReadByTheRulesAndNothingOfItIsLost() {
    Random random = new Random(5);
    String[] pieces = {
      "(", ")", "[", "]", "\\", ":", "1.3", ":1.5)", ": 0.5 )", ":.)", "a", "bc", " ", ", ", "é",
      "家", "\ud83d", "BREAK", " BREAK ", "\n", "((", "))", "\\(", "\\)"
    };
    for (int i = 0; i < 20_000; i++) {
      StringBuilder prompt = new StringBuilder();
      for (int length = random.nextInt(30); length > 0; length--) {
        prompt.append(
            random.nextInt(20) == 0
                ? String.valueOf((char) random.nextInt(0x10000))
                : pieces[random.nextInt(pieces.length)]);
      }
      List<List<WeightedText>> read = WeightedText.parse(prompt.toString());
      SlowRules rules = new SlowRules();
      rules.read(prompt.toString());
      assertEquals(shown(rules.text()), shown(text(read)), shown(prompt));
      assertArrayEquals(rules.weights(), weights(read), 1e-5f, shown(prompt));
      String kept =
          read.stream().flatMap(List::stream).map(WeightedText::text).collect(Collectors.joining());
      assertEquals(letters(prompt.toString()), letters(kept), shown(prompt));
      for (List<WeightedText> section : read) {
        for (int j = 0; j < section.size(); j++) {
          assertTrue(Float.isFinite(section.get(j).weight()));
          assertTrue(!section.get(j).text().isEmpty());
          assertTrue(j == 0 || section.get(j).weight() != section.get(j - 1).weight());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(", ")", "[", "]", "(a", "[a", "(a[b", ":", ":1", "\\", " ", "BREAK ", "a)", "(:2)"
      })
  @Timeout(value = 2, threadMode = ThreadMode.SEPARATE_THREAD, unit = TimeUnit.MINUTES)
  void bombsAreHarmless(String piece) {
    // A time that grows with the square of the length would be hours.
    String bomb = piece.repeat(BOMB);
    assertNothingIsLost(bomb);
    assertNothingIsLost(bomb + ")".repeat(BOMB) + "]".repeat(BOMB));
    assertNothingIsLost(bomb + ":1.5)".repeat(BOMB));
  }

  private static void assertNothingIsLost(String prompt) {
    long kept =
        WeightedText.parse(prompt).stream()
            .flatMap(List::stream)
            .flatMapToInt(part -> part.text().chars())
            .filter(WeightedTextTest::isLetter)
            .count();
    assertEquals(prompt.chars().filter(WeightedTextTest::isLetter).count(), kept);
  }

  private static boolean isLetter(int c) {
    return c == 'a' || c == 'b';
  }

  private static List<WeightedText> only(List<List<WeightedText>> sections) {
    assertEquals(1, sections.size());
    return sections.get(0);
  }

  private static String written(List<WeightedText> section) {
    return section.stream()
        .map(part -> part.text() + "=" + number(part.weight()))
        .collect(Collectors.joining("|"));
  }

  private static String text(List<List<WeightedText>> sections) {
    return sections.stream()
        .map(section -> section.stream().map(WeightedText::text).collect(Collectors.joining()))
        .collect(Collectors.joining(" / "));
  }

  /** Each character's weight. */
  private static float[] weights(List<List<WeightedText>> sections) {
    List<Float> weights = new ArrayList<>();
    for (List<WeightedText> section : sections) {
      for (WeightedText part : section) {
        weights.addAll(Collections.nCopies(part.text().length(), part.weight()));
      }
    }
    return floats(weights);
  }

  private static float[] floats(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }

  private static String number(float weight) {
    return new java.math.BigDecimal(Float.toString(weight)).stripTrailingZeros().toPlainString();
  }

  /** Without what no terminal can show. */
  private static String shown(CharSequence text) {
    return text.chars()
        .mapToObj(c -> c >= ' ' && c < 127 ? String.valueOf((char) c) : "{%x}".formatted(c))
        .collect(Collectors.joining());
  }

  private static String letters(String text) {
    return text.replaceAll("[^abcé家]", "");
  }

  /** Each character with a weight that every closing bracket multiplies anew. */
  private static final class SlowRules {
    private final List<List<Object[]>> sections = new ArrayList<>(List.of(new ArrayList<>()));
    private final List<Object[]> all = new ArrayList<>();

    String text() {
      return sections.stream()
          .map(section -> section.stream().map(c -> "" + c[0]).collect(Collectors.joining()))
          .collect(Collectors.joining(" / "));
    }

    float[] weights() {
      return floats(all.stream().map(c -> ((Double) c[1]).floatValue()).toList());
    }

    void read(String prompt) {
      List<Integer> round = new ArrayList<>();
      List<Integer> square = new ArrayList<>();
      int i = 0;
      while (i < prompt.length()) {
        char c = prompt.charAt(i);
        if (c == '\\') {
          boolean escapes = i + 1 < prompt.length() && "()[]\\".indexOf(prompt.charAt(i + 1)) >= 0;
          if (escapes) {
            add(prompt.charAt(i + 1));
          }
          i += escapes ? 2 : 1;
          continue;
        }
        int close = c == ':' ? prompt.indexOf(')', i) : -1;
        if (close > 0) {
          String number = prompt.substring(i + 1, close).replaceAll("^[ \n]+|[ \n]+$", "");
          if (number.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)")) {
            if (round.isEmpty()) {
              for (char text : prompt.substring(i, close + 1).toCharArray()) {
                add(text);
              }
            } else {
              multiply(round.remove(round.size() - 1), Double.parseDouble(number));
            }
            i = close + 1;
            continue;
          }
        }
        if (c == '(' || c == '[') {
          (c == '(' ? round : square).add(all.size());
        } else if (c == ')' && !round.isEmpty()) {
          multiply(round.remove(round.size() - 1), 1.1);
        } else if (c == ']' && !square.isEmpty()) {
          multiply(square.remove(square.size() - 1), 1 / 1.1);
        } else if (c == ')' || c == ']' || c == ':') {
          add(c);
        } else {
          int end = i;
          while (end < prompt.length() && "\\()[]:".indexOf(prompt.charAt(end)) < 0) {
            end++;
          }
          String[] parts = prompt.substring(i, end).split("(?U)\\s*\\bBREAK\\b\\s*", -1);
          for (int part = 0; part < parts.length; part++) {
            if (part > 0) {
              sections.add(new ArrayList<>());
            }
            for (char text : parts[part].toCharArray()) {
              add(text);
            }
          }
          i = end;
          continue;
        }
        i++;
      }
      round.forEach(start -> multiply(start, 1.1));
      square.forEach(start -> multiply(start, 1 / 1.1));
    }

    private void add(char c) {
      Object[] character = {c, 1.0};
      all.add(character);
      sections.get(sections.size() - 1).add(character);
    }

    private void multiply(int start, double factor) {
      for (Object[] character : all.subList(start, all.size())) {
        character[1] = (Double) character[1] * factor;
      }
    }
  }
}
