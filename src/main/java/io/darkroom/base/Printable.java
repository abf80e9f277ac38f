package io.darkroom.base;

import java.util.function.IntPredicate;

/**
 * Makes text from outside safe to print: the one place that knows which characters command a
 * terminal, or make it show text in another order than it has. Such a character is written as
 * <code>&#92;u001b</code> and the like, so that it can be seen.
 *
 * <p>All text for people passes through here. JSON for programs has the same characters as escapes,
 * which say the same. A path on standard output that a script is to use is printed as it is, since
 * it must name the file; names from a prompt file may hold no such character.
 */
public final class Printable {
  private Printable() {}

  /**
   * Tells whether a character may be printed.
   *
   * @param character a code point
   * @return false for control characters (C0, DEL, C1), marks, embeddings, overrides and isolates
   *     of direction, separators of lines and paragraphs, deprecated and interlinear format
   *     characters, and surrogates that are not in a pair
   */
  public static boolean isSafe(int character) {
    boolean direction =
        character == 0x061C
            || (character >= 0x200E && character <= 0x200F)
            || (character >= 0x202A && character <= 0x202E)
            || (character >= 0x2066 && character <= 0x206F);
    return !(Character.isISOControl(character)
        || direction
        || character == 0x2028
        || character == 0x2029
        || (character >= 0xFFF9 && character <= 0xFFFB)
        || (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE));
  }

  /**
   * Writes a text as part of one line.
   *
   * @param text any text
   * @return the text with all that is not safe as escapes, ends of lines included
   */
  public static String line(String text) {
    return escape(text, Printable::isSafe);
  }

  /**
   * Writes a text of several lines.
   *
   * @param text any text
   * @return likewise, but for the ends of lines, which stay
   */
  public static String lines(String text) {
    return escape(text, c -> c == '\n' || isSafe(c));
  }

  private static String escape(String text, IntPredicate safe) {
    if (text.codePoints().allMatch(safe)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (safe.test(c)) {
                escaped.appendCodePoint(c);
              } else {
                escaped.append(String.format("\\u%04x", c));
              }
            });
    return escaped.toString();
  }
}
