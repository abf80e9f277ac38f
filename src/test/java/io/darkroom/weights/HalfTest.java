package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HalfTest {
  @Test
  void everyHalfSurvivesTheRoundTrip() {
    for (int bits = 0; bits <= 0xffff; bits++) {
      float value = Half.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertEquals((short) bits, Half.fromFloat(value), Integer.toHexString(bits));
      }
    }
  }

  @Test
  void numbersBetweenTwoHalvesGoToTheNearerOneAndMidpointsToTheEvenOne() {
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = Half.toFloat((short) bits);
      float high = Half.toFloat((short) (bits + 1));
      float middle = (low + high) / 2; // exact: float32 has 13 bits more
      int even = bits % 2 == 0 ? bits : bits + 1;
      assertEquals((short) even, Half.fromFloat(middle), () -> "middle after " + low);
      assertEquals((short) bits, Half.fromFloat(Math.nextDown(middle)), () -> "below " + middle);
      assertEquals(
          (short) (bits + 1), Half.fromFloat(Math.nextUp(middle)), () -> "above " + middle);
      assertEquals((short) (even | 0x8000), Half.fromFloat(-middle), () -> "middle before " + -low);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "65504, 7bff", // the largest half
    "65519.996, 7bff", // still nearer to it
    "65520, 7c00", // half way to 65536: even is infinity
    "3.4028235e38, 7c00",
    "Infinity, 7c00",
    "-Infinity, fc00",
    "5.9604645e-8, 0001", // the smallest subnormal
    "2.9802322e-8, 0000", // half of it: even is 0
    "2.9802326e-8, 0001",
    "1e-45, 0000",
    "-0.0, 8000",
    "1, 3c00",
    "-2, c000"
  })
  void theEdges(float value, String hexBits) {
    assertEquals((short) Integer.parseInt(hexBits, 16), Half.fromFloat(value));
  }

  @Test
  void notANumberStaysOne() {
    assertTrue(Float.isNaN(Half.toFloat(Half.fromFloat(Float.NaN))));
    assertTrue(Float.isNaN(Half.toFloat(Half.fromFloat(Float.intBitsToFloat(0x7f800001)))));
  }
}
