package io.darkroom.request;

import io.darkroom.base.PlainNumber;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A part of a picture. Where no number is above 1 they are shares of the picture's sides, else
 * pixels.
 *
 * @param left from the picture's left border
 * @param top from the picture's upper border
 * @param right from the picture's left border, too
 * @param bottom from the picture's upper border, too
 */
public record Rectangle(double left, double top, double right, double bottom) {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,6}(\\.\\d{1,12})?|\\.\\d{1,12}");

  /**
   * Reads a rectangle.
   *
   * @param text any text
   * @return nothing if it is not four numbers between commas
   * @throws InvalidRequestException if the rectangle has no area
   */
  static Optional<Rectangle> parse(String text) {
    String[] words = text.split(",", -1);
    List<Double> numbers = new ArrayList<>();
    for (String word : words) {
      if (!NUMBER.matcher(word.strip()).matches()) {
        return Optional.empty();
      }
      numbers.add(new BigDecimal(word.strip()).doubleValue());
    }
    if (numbers.size() != 4) {
      return Optional.empty();
    }
    Rectangle rectangle =
        new Rectangle(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
    if (rectangle.right <= rectangle.left || rectangle.bottom <= rectangle.top) {
      throw new InvalidRequestException(
          "rectangle '%s' has no area; write LEFT,TOP,RIGHT,BOTTOM, such as 40,30,200,120"
              .formatted(text.strip()));
    }
    return Optional.of(rectangle);
  }

  /** Its borders in pixels: the first column and row, and those behind the last. */
  record Pixels(int left, int top, int right, int bottom) {
    boolean contains(int x, int y) {
      return x >= left && x < right && y >= top && y < bottom;
    }

    int width() {
      return right - left;
    }

    int height() {
      return bottom - top;
    }
  }

  /**
   * Finds its pixels in a picture.
   *
   * @param width the picture's
   * @param height the picture's
   * @return what of it lies in the picture
   * @throws InvalidRequestException if that is nothing
   */
  Pixels in(int width, int height) {
    boolean isShare = Math.max(Math.max(left, right), Math.max(top, bottom)) <= 1;
    double columns = isShare ? width : 1;
    double rows = isShare ? height : 1;
    Pixels pixels =
        new Pixels(
            (int) Math.round(left * columns),
            (int) Math.round(top * rows),
            (int) Math.min(width, Math.round(right * columns)),
            (int) Math.min(height, Math.round(bottom * rows)));
    if (pixels.right <= pixels.left || pixels.bottom <= pixels.top) {
      throw new InvalidRequestException(
          "rectangle %s lies outside the picture, which is %dx%d".formatted(this, width, height));
    }
    return pixels;
  }

  @Override
  public String toString() {
    return "%s,%s,%s,%s"
        .formatted(
            PlainNumber.of(left),
            PlainNumber.of(top),
            PlainNumber.of(right),
            PlainNumber.of(bottom));
  }
}
