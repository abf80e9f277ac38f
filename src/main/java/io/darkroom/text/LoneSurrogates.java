package io.darkroom.text;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Halves of surrogate pairs that stand alone in a text. JSON can name one ({@code \}{@code ud83d}),
 * but it is no character: whatever encodes the text writes a question mark in its place.
 */
public final class LoneSurrogates {
  /** A pattern sees a whole pair as the one character that it is. */
  private static final Pattern LONE = Pattern.compile("\\p{Cs}");

  private LoneSurrogates() {}

  /**
   * Finds the first one.
   *
   * @param text any text
   * @return the half, as {@link #escaped} writes it; empty if the text consists of characters
   */
  public static Optional<String> first(String text) {
    return LONE.matcher(text).results().findFirst().map(half -> escape(half.group()));
  }

  /**
   * Makes a text fit to be encoded without loss; in a JSON string it means what it meant before.
   *
   * @param text any text
   * @return the text with each half as {@code \}{@code u} and four digits
   */
  public static String escaped(String text) {
    return LONE.matcher(text).replaceAll(half -> Matcher.quoteReplacement(escape(half.group())));
  }

  private static String escape(String half) {
    return String.format("\\u%04x", (int) half.charAt(0));
  }
}
