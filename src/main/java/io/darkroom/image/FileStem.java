package io.darkroom.image;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Makes a piece of a file name from a prompt: letters and digits of any script, words joined by
 * dashes, short enough for every file system, and never a name that Windows keeps for a device.
 */
public final class FileStem {
  private static final int MOST_CHARACTERS = 60;

  /** File names may have 255 bytes; the rest is for seed, number and ending. */
  private static final int MOST_BYTES = 160;

  private static final Pattern IGNORED = Pattern.compile("['’`\\p{Cf}]");
  private static final Pattern SEPARATORS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}_]+");
  private static final Pattern RESERVED = Pattern.compile("(?i)con|prn|aux|nul|(com|lpt)\\d");

  private FileStem() {}

  /**
   * The piece for a prompt.
   *
   * @param prompt any text
   * @return 1 to 60 characters; {@code untitled} if the prompt has no letter or digit
   */
  public static String of(String prompt) {
    String plain = Normalizer.normalize(prompt, Normalizer.Form.NFC).toLowerCase(Locale.ROOT);
    plain = IGNORED.matcher(plain).replaceAll("");
    plain = SEPARATORS.matcher(plain).replaceAll("-");
    plain = trimDashes(shorten(trimDashes(plain)));
    if (plain.isEmpty()) {
      return "untitled";
    }
    return RESERVED.matcher(plain).matches() ? plain + "_" : plain;
  }

  private static String shorten(String words) {
    int end = 0;
    int characters = 0;
    int bytes = 0;
    while (end < words.length()) {
      int character = words.codePointAt(end);
      bytes += Character.toString(character).getBytes(StandardCharsets.UTF_8).length;
      characters++;
      if (characters > MOST_CHARACTERS || bytes > MOST_BYTES) {
        return cut(words, end);
      }
      end += Character.charCount(character);
    }
    return words;
  }

  /**
   * Cuts between words where that keeps more than half, else between characters and their marks.
   */
  private static String cut(String words, int end) {
    int dash = words.lastIndexOf('-', end);
    if (dash > end / 2) {
      return words.substring(0, dash);
    }
    int cut = end;
    while (cut > 0 && isMark(words.codePointAt(cut))) {
      cut = words.offsetByCodePoints(cut, -1);
    }
    return words.substring(0, cut > 0 ? cut : end);
  }

  private static boolean isMark(int character) {
    int type = Character.getType(character);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }

  private static String trimDashes(String words) {
    int start = words.startsWith("-") ? 1 : 0;
    int end = words.length() > start && words.endsWith("-") ? words.length() - 1 : words.length();
    return words.substring(start, end);
  }
}
