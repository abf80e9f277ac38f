package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.GreyImage;
import io.darkroom.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarginsTest {
  @Test
  void theTextTellsTheSidesInOrder() {
    Margins margins = Margins.parse(" 1, 2,3 ,40");
    assertEquals(new Margins(1, 2, 3, 40), margins);
    assertEquals("1,2,3,40", margins.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1,2,3", "1,2,3,4,5", "1,2,3,-4", "a,b,c,d", "0,0,0,0", "1.5,0,0,0"})
  void whatIsNoMarginIsRefused(String text) {
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> Margins.parse(text));
    assertTrue(refusal.getMessage().startsWith("outpaint"), refusal.getMessage());
  }

  @Test
  void thePictureRepeatsItsBorder() {
    RgbImage picture = new RgbImage(2, 1, new byte[] {1, 1, 1, 2, 2, 2});
    RgbImage larger = new Margins(2, 1, 1, 0).around(picture);
    assertEquals(5, larger.width());
    assertEquals(2, larger.height());
    byte[] row = {1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2};
    for (int y = 0; y < 2; y++) {
      for (int i = 0; i < row.length; i++) {
        assertEquals(row[i], larger.rgb()[y * row.length + i]);
      }
    }
    assertSame(picture, Margins.NONE.around(picture));
  }

  @Test
  void theMarginsAreWhiteAndSoIsTheOverlap() {
    GreyImage mask = new GreyImage(4, 1, new byte[] {0, 0, 0, 9});
    GreyImage larger = new Margins(2, 0, 0, 0).around(mask, 1);
    assertArrayEquals(new byte[] {-1, -1, -1, 0, 0, 9}, larger.values());
    assertSame(mask, Margins.NONE.around(mask, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "100, 64, 28, 0, 0, 0, 28, 0, 0, 0",
    "101, 64, 28, 0, 0, 0, 35, 0, 0, 0",
    "101, 64, 28, 0, 1, 0, 28, 0, 7, 0",
    "100, 61, 0, 0, 28, 0, 0, 0, 28, 3",
    "100, 61, 28, 5, 0, 0, 28, 11, 0, 0"
  })
  void sidesBecomeMultiples(
      int width, int height, int l, int t, int r, int b, int left, int top, int right, int bottom) {
    Margins rounded = new Margins(l, t, r, b).roundedUp(width, height, 8);
    assertEquals(new Margins(left, top, right, bottom), rounded);
    assertEquals(0, (width + rounded.left() + rounded.right()) % 8);
    assertEquals(0, (height + rounded.top() + rounded.bottom()) % 8);
  }
}
