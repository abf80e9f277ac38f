package io.darkroom.request;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Width and height in one word.
 *
 * @param width pixels
 * @param height pixels
 */
public record PictureSize(int width, int height) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,6})[xX\u00d7](\\d{1,6})");

  /**
   * Reads a size.
   *
   * @param text such as {@code 512x768}
   * @return the size
   * @throws InvalidRequestException if it is none
   */
  public static PictureSize parse(String text) {
    Matcher form = FORM.matcher(text.strip());
    if (!form.matches()) {
      throw new InvalidRequestException(
          "size '" + text + "' is not a width and height, such as 512x768");
    }
    return new PictureSize(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
  }
}
