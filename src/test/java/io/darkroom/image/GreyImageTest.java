package io.darkroom.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GreyImageTest {
  private static GreyImage halves(int size) {
    byte[] values = new byte[size * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = (byte) (i % size < size / 2 ? 0 : 255);
    }
    return new GreyImage(size, size, values);
  }

  @Test
  void noBlurChangesNothing() {
    GreyImage mask = halves(8);
    assertSame(mask, mask.softened(0));
  }

  /** A step becomes the Gauss function's integral; far from it nothing changes. */
  @ParameterizedTest
  @ValueSource(doubles = {0.5, 1, 2, 4})
  void aBlurredEdgeIsTheNormalDistribution(double deviation) {
    int size = 64;
    GreyImage soft = MaskBlur.apply(halves(size), deviation);
    double last = -1;
    for (int x = 0; x < size; x++) {
      int value = soft.values()[10 * size + x] & 0xFF;
      assertTrue(value >= last, "it only rises");
      last = value;
      double distance = x + 0.5 - size / 2.0;
      if (Math.abs(distance) > 3 * Math.ceil(deviation)) {
        assertEquals(distance < 0 ? 0 : 255, value);
      }
      assertEquals(255, value + (soft.values()[10 * size + size - 1 - x] & 0xFF), 1, "symmetry");
    }
    if (deviation >= 2) {
      for (int x = 0; x < size; x++) {
        double expected = 255 * integral((x + 0.5 - size / 2.0) / deviation);
        assertEquals(expected, soft.values()[10 * size + x] & 0xFF, 3);
      }
    }
  }

  /** The normal distribution's integral, by the trapezoidal rule. */
  private static double integral(double to) {
    double sum = 0;
    double step = 0.001;
    for (double x = -8; x < to; x += step) {
      sum += step * Math.exp(-x * x / 2);
    }
    return sum / Math.sqrt(2 * Math.PI);
  }

  @Test
  void whatIsBlackStaysBlack() {
    int size = 32;
    GreyImage soft = halves(size).softened(3);
    for (int x = 0; x < size; x++) {
      int value = soft.values()[x] & 0xFF;
      assertEquals(x < size / 2, value == 0, "at " + x);
    }
    assertEquals(255, soft.values()[size - 1] & 0xFF);
  }

  @Test
  void compositionKeepsTheLowerPictureByteForByte() {
    RgbImage upper = new RgbImage(3, 1, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    RgbImage lower = new RgbImage(3, 1, new byte[] {90, 80, 70, 60, 50, 40, -1, -2, -3});
    RgbImage composed = new GreyImage(3, 1, new byte[] {-1, 0, 0}).compose(upper, lower);
    assertArrayEquals(new byte[] {1, 2, 3, 60, 50, 40, -1, -2, -3}, composed.rgb());
    RgbImage half = new GreyImage(3, 1, new byte[] {(byte) 128, 0, 0}).compose(upper, lower);
    assertEquals(Math.round((1 * 128 + 90 * 127) / 255f), half.rgb()[0]);
  }

  @Test
  void tellsBlackFromWhite() {
    assertTrue(new GreyImage(2, 1, new byte[] {0, 127}).isBelow(GreyImage.HALF));
    assertFalse(new GreyImage(2, 1, new byte[] {0, (byte) 128}).isBelow(GreyImage.HALF));
    assertThrows(IllegalArgumentException.class, () -> new GreyImage(2, 2, new byte[3]));
  }

  @Test
  void whatIsLightGrows() {
    GreyImage dot = GreyImage.of(7, 5, place -> place == 2 * 7 + 3);
    GreyImage grown = dot.dilated(1);
    for (int place = 0; place < 35; place++) {
      boolean near = Math.abs(place % 7 - 3) <= 1 && Math.abs(place / 7 - 2) <= 1;
      assertEquals(near ? 255 : 0, grown.values()[place] & 0xFF, "place " + place);
    }
    assertSame(dot, dot.dilated(0));
    assertTrue(dot.dilated(4).isAtLeast(255));
  }

  @Test
  void aWindowRepeatsTheBorder() {
    GreyImage row = new GreyImage(3, 1, new byte[] {1, 2, 3});
    assertArrayEquals(new byte[] {1, 1, 2}, row.window(-1, 0, 3, 1).values());
    assertArrayEquals(new byte[] {2, 3, 3, 2, 3, 3}, row.window(1, -1, 3, 2).values());
  }

  @Test
  void theLighterOneCounts() {
    GreyImage one = new GreyImage(3, 1, new byte[] {1, (byte) 200, 3});
    GreyImage other = new GreyImage(3, 1, new byte[] {2, 100, 3});
    assertArrayEquals(new byte[] {2, (byte) 200, 3}, one.orLighter(other).values());
  }

  @Test
  void theHashTellsSizeAndValues() {
    GreyImage row = new GreyImage(2, 1, new byte[] {1, 2});
    assertEquals(64, row.hash().length());
    assertEquals(row.hash(), new GreyImage(2, 1, new byte[] {1, 2}).hash());
    assertNotEquals(row.hash(), new GreyImage(1, 2, new byte[] {1, 2}).hash());
    assertNotEquals(row.hash(), new GreyImage(2, 1, new byte[] {1, 3}).hash());
  }
}
