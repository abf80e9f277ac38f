package io.darkroom.request;

import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * By how much a picture grows at its sides, in pixels.
 *
 * @param left 0 or more
 * @param top 0 or more
 * @param right 0 or more
 * @param bottom 0 or more
 */
public record Margins(int left, int top, int right, int bottom) {
  /** The picture does not grow. */
  public static final Margins NONE = new Margins(0, 0, 0, 0);

  private static final Pattern FORM =
      Pattern.compile(
          "\\s*(\\d{1,5})\\s*,\\s*(\\d{1,5})\\s*,\\s*(\\d{1,5})\\s*,\\s*(\\d{1,5})\\s*");

  /** Checks that no side shrinks. */
  public Margins {
    if (Math.min(Math.min(left, right), Math.min(top, bottom)) < 0) {
      throw new IllegalArgumentException("a margin below 0");
    }
  }

  /**
   * Reads margins.
   *
   * @param text such as {@code 0,0,128,64}
   * @return the margins
   * @throws InvalidRequestException if they are none, or all are 0
   */
  static Margins parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new InvalidRequestException(
          "outpaint '%s' is not four numbers of pixels, LEFT,TOP,RIGHT,BOTTOM, such as 0,0,128,64"
              .formatted(text.strip()));
    }
    Margins margins =
        new Margins(
            Integer.parseInt(form.group(1)),
            Integer.parseInt(form.group(2)),
            Integer.parseInt(form.group(3)),
            Integer.parseInt(form.group(4)));
    if (margins.equals(NONE)) {
      throw new InvalidRequestException("outpaint 0,0,0,0 adds nothing; give one side a size");
    }
    return margins;
  }

  /**
   * The picture with its margins, which repeat its border.
   *
   * @param picture any picture
   * @return a larger picture; the same one where there are no margins
   */
  RgbImage around(RgbImage picture) {
    return equals(NONE)
        ? picture
        : picture.window(
            -left, -top, picture.width() + left + right, picture.height() + top + bottom);
  }

  /**
   * A mask with its margins, which are white.
   *
   * @param mask any mask
   * @param overlap how many pixels of the picture beside a margin are white, too
   * @return a larger mask; the same one where there are no margins
   */
  GreyImage around(GreyImage mask, int overlap) {
    if (equals(NONE)) {
      return mask;
    }
    int width = mask.width() + left + right;
    int height = mask.height() + top + bottom;
    int firstColumn = left == 0 ? 0 : left + overlap;
    int endColumn = right == 0 ? width : width - right - overlap;
    int firstRow = top == 0 ? 0 : top + overlap;
    int endRow = bottom == 0 ? height : height - bottom - overlap;
    GreyImage border =
        GreyImage.of(
            width,
            height,
            place -> {
              int x = place % width;
              int y = place / width;
              return x < firstColumn || x >= endColumn || y < firstRow || y >= endRow;
            });
    return mask.window(-left, -top, width, height).orLighter(border);
  }

  /**
   * Margins that bring a picture's sides to multiples of a number. What is missing is added where
   * the picture grows anyway, else to the right and below.
   *
   * @param width the picture's, in pixels
   * @param height the picture's, in pixels
   * @param factor what the sides with their margins must be multiples of
   * @return margins that are nowhere smaller
   */
  Margins roundedUp(int width, int height, int factor) {
    int moreColumns = Math.floorMod(-(width + left + right), factor);
    int moreRows = Math.floorMod(-(height + top + bottom), factor);
    boolean growsLeftOnly = left > 0 && right == 0;
    boolean growsUpOnly = top > 0 && bottom == 0;
    return new Margins(
        growsLeftOnly ? left + moreColumns : left,
        growsUpOnly ? top + moreRows : top,
        growsLeftOnly ? right : right + moreColumns,
        growsUpOnly ? bottom : bottom + moreRows);
  }

  @Override
  public String toString() {
    return left + "," + top + "," + right + "," + bottom;
  }
}
