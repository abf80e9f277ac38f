package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaintedAreaTest {
  private static GreyImage mask(int width, int height, int l, int t, int r, int b) {
    return GreyImage.of(
        width,
        height,
        place ->
            place % width >= l && place % width < r && place / width >= t && place / width < b);
  }

  /** What the reference's formulas give for these masks. */
  @ParameterizedTest
  @CsvSource({
    "200, 100, 40, 30, 60, 50, 64, 64, 0, 40, 30, 60, 50",
    "200, 100, 40, 30, 60, 50, 64, 64, 10, 30, 20, 70, 60",
    "200, 100, 0, 0, 30, 10, 64, 64, 5, 0, 0, 35, 35",
    "200, 100, 150, 80, 199, 100, 96, 64, 8, 142, 62, 200, 100",
    "200, 100, 10, 5, 190, 95, 64, 64, 32, 0, 0, 200, 100",
    "101, 77, 3, 60, 20, 77, 128, 64, 3, 0, 57, 40, 77",
    "100, 200, 0, 50, 100, 60, 64, 64, 0, 0, 5, 100, 105"
  })
  void itIsTheReferencesRectangle(
      int width,
      int height,
      int l,
      int t,
      int r,
      int b,
      int seenWidth,
      int seenHeight,
      int padding,
      int left,
      int top,
      int right,
      int bottom) {
    PaintedArea area =
        PaintedArea.around(mask(width, height, l, t, r, b), padding, seenWidth, seenHeight);
    assertEquals(
        new PaintedArea(left, top, right - left, bottom - top, seenWidth, seenHeight), area);
  }

  @Test
  void aBlackMaskMeansTheWholePicture() {
    assertEquals(
        new PaintedArea(0, 0, 20, 10, 64, 64),
        PaintedArea.around(mask(20, 10, 0, 0, 0, 0), 3, 64, 64));
  }

  /** Where the area has another shape than what is seen, it comes back in its own. */
  @Test
  void whatIsCutOutComesBack() {
    byte[] rgb = new byte[3 * 40 * 20];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % 40 < 20 ? 40 : 200);
    }
    RgbImage picture = new RgbImage(40, 20, rgb);
    PaintedArea area = PaintedArea.around(mask(40, 20, 0, 0, 40, 20), 0, 64, 64);
    RgbImage seen = area.cut(picture);
    assertEquals(64, seen.width());
    assertEquals(64, seen.height());
    byte[] black = new byte[rgb.length];
    RgbImage back = area.layOn(seen, new RgbImage(40, 20, black));
    for (int i = 0; i < rgb.length; i++) {
      int column = i / 3 % 40;
      if (column < 17 || column > 22) { // the edge between the halves is smoothed twice
        assertEquals(rgb[i] & 0xFF, back.rgb()[i] & 0xFF, 2, "column " + column);
      }
    }
  }

  @Test
  void theRestStaysAsItIs() {
    byte[] rgb = new byte[3 * 40 * 20];
    Arrays.fill(rgb, (byte) 7);
    RgbImage picture = new RgbImage(40, 20, rgb);
    PaintedArea area = PaintedArea.around(mask(40, 20, 10, 5, 18, 13), 0, 64, 64);
    byte[] painted = new byte[3 * 64 * 64];
    Arrays.fill(painted, (byte) 90);
    byte[] back = area.layOn(new RgbImage(64, 64, painted), picture).rgb();
    byte[] expected = rgb.clone();
    for (int y = 5; y < 13; y++) {
      Arrays.fill(expected, 3 * (40 * y + 10), 3 * (40 * y + 18), (byte) 90);
    }
    assertArrayEquals(expected, back);
  }
}
