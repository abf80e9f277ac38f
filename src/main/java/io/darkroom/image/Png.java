package io.darkroom.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture together with the text that a PNG file carries beside it.
 *
 * @param image the pixels
 * @param opacity of the same size, 255 where the picture hides what is behind it; nothing if it
 *     does everywhere
 * @param text keyword to text, in the order of the file; a keyword is 1 to 79 printable Latin-1
 *     characters without space at either end or two spaces together, a text holds no NUL
 */
public record Png(RgbImage image, Optional<GreyImage> opacity, Map<String, String> text) {
  /**
   * A picture that hides what is behind it.
   *
   * @param image the pixels
   * @param text keyword to text
   */
  public Png(RgbImage image, Map<String, String> text) {
    this(image, Optional.empty(), text);
  }

  /** Copies the text and checks it against what a PNG can hold. */
  public Png {
    Objects.requireNonNull(image, "image");
    if (opacity
        .filter(grey -> grey.width() != image.width() || grey.height() != image.height())
        .isPresent()) {
      throw new IllegalArgumentException("picture and opacity are not of one size");
    }
    text = Collections.unmodifiableMap(new LinkedHashMap<>(text));
    text.forEach(Png::check);
  }

  /**
   * Tells whether a text can stand in a PNG.
   *
   * @param keyword its keyword
   * @param text the text
   * @return whether it can
   */
  public static boolean canHold(String keyword, String text) {
    try {
      check(keyword, text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static void check(String keyword, String text) {
    boolean printable =
        keyword.chars().allMatch(c -> (c >= 32 && c <= 126) || (c >= 161 && c <= 255));
    if (!printable
        || keyword.isEmpty()
        || keyword.length() > 79
        || !keyword.equals(keyword.strip())
        || keyword.contains("  ")) {
      throw new IllegalArgumentException("'" + keyword + "' is not a keyword for text in a PNG");
    }
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("the text '" + keyword + "' contains a NUL character");
    }
  }
}
