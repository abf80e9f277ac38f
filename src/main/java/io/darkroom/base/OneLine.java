package io.darkroom.base;

/**
 * Makes what a file contains fit to stand in a message: one line, no control characters, not long.
 */
public final class OneLine {
  private static final int LONGEST = 120;

  private OneLine() {}

  /**
   * Writes a text as part of one line.
   *
   * @param text anything, hostile texts included
   * @return the text with what is not {@linkplain Printable safe to print} as escapes, cut after
   *     120 characters
   */
  public static String of(String text) {
    if (text.length() <= LONGEST) {
      return Printable.line(text);
    }
    int end = Character.isHighSurrogate(text.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
    return Printable.line(text.substring(0, end)) + "...";
  }
}
