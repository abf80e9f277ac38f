package io.darkroom.bench;

import io.darkroom.request.InvalidRequestException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A picture's size.
 *
 * @param width in pixels
 * @param height in pixels
 */
public record PictureSize(int width, int height) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,6})x(\\d{1,6})");

  /** Checks what can be known without a model. */
  public PictureSize {
    if (width < 1 || height < 1) {
      throw new InvalidRequestException("a picture of " + width + "x" + height + " is empty");
    }
  }

  /**
   * Reads a size.
   *
   * @param text such as {@code 768x512}
   * @return the size
   * @throws InvalidRequestException if it is none, or is empty
   */
  public static PictureSize parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new InvalidRequestException(
          "'" + text + "' is not a size; write WIDTHxHEIGHT, such as 512x512");
    }
    return new PictureSize(Integer.parseInt(form.group(1)), Integer.parseInt(form.group(2)));
  }

  /** Such as {@code 768x512}. */
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
