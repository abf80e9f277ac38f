package io.darkroom.cli.reference;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Shortens a description to its first sentence, for where there is room for one line. */
public final class FirstSentence {
  private static final Pattern END = Pattern.compile("\\. (?=[A-Z-])");

  private FirstSentence() {}

  /**
   * The first sentence.
   *
   * @param description paragraphs, as an option has them
   * @return the sentence with its full stop; empty if there is no description
   */
  public static String of(String... description) {
    if (description.length == 0) {
      return "";
    }
    Matcher end = END.matcher(description[0]);
    return end.find() ? description[0].substring(0, end.start()) + "." : description[0];
  }
}
