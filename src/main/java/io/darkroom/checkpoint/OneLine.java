package io.darkroom.checkpoint;

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
   * @return the text with control characters as {@code \}{@code u001b} and the like, cut after 120
   *     characters
   */
  public static String of(String text) {
    StringBuilder line = new StringBuilder();
    int end = Math.min(text.length(), LONGEST);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) || Character.isSurrogate(c) && !isPaired(text, i)) {
        line.append(String.format("\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    if (end < text.length()) {
      line.append("...");
    }
    return line.toString();
  }

  private static boolean isPaired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))
        : i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
  }
}
