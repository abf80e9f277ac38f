package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PrintableTest {
  @Test
  void textOfAnyScriptStays() {
    for (String text :
        new String[] {
          "", "a café", "家と木", "שלום عليكم", "🏠 👩‍🚀 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301", "a\u00a0b"
        }) {
      assertEquals(text, Printable.line(text));
      assertEquals(text, Printable.lines(text));
    }
  }

  @Test
  void whatCommandsATerminalIsSeen() {
    assertEquals(
        "\\u001b[31m\\u009b1m\\u007f\\u0000", Printable.line("\u001b[31m\u009b1m\u007f\0"));
    assertEquals("a\\u000ab\\u0009c", Printable.line("a\nb\tc"));
    assertEquals("a\nb\\u000dc", Printable.lines("a\nb\rc"));
  }

  @Test
  void whatTurnsTheDirectionIsSeen() {
    for (int c :
        new int[] {0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069, 0x2028, 0x2029}) {
      assertFalse(Printable.isSafe(c));
      assertEquals(
          String.format("a\\u%04xb", c), Printable.line("a" + Character.toString(c) + "b"));
    }
  }

  @Test
  void halfACharacterIsSeen() {
    assertEquals("\\ud83c", Printable.line("\ud83c"));
    assertEquals("\\udfe0x", Printable.line("\udfe0x"));
    assertEquals("\ud83c\udfe0", Printable.line("\ud83c\udfe0"));
  }

  @Test
  void allControlsOfBothSetsAreUnsafe() {
    for (int c = 0; c < 0xA0; c++) {
      assertEquals(c >= 0x20 && c < 0x7F, Printable.isSafe(c));
    }
    assertTrue(Printable.isSafe(0x200D)); // joins emoji
  }
}
