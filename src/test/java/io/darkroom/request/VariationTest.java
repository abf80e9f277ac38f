package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VariationTest {
  @Test
  void theTextTellsSeedAndStrength() {
    assertEquals(new Variation(7, 0.25), Variation.parse(" 7 : 0.25 "));
    assertEquals("7:0.25", new Variation(7, 0.25).toString());
    assertEquals(new Variation(5, 1), Variation.parse("4294967301:1"), "the low 32 bits count");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "7", "7:", ":0.5", "7:x", "-1:0.5", "7:0.5:1", "7:0", "7:1.01", "7:.."})
  void whatIsNoneIsRefused(String text) {
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> Variation.parse(text));
    assertTrue(refusal.getMessage().contains("variation"), refusal.getMessage());
  }

  @Test
  void aSeriesHasOneAfterTheOther() {
    assertEquals(new Variation(9, 0.5), new Variation(7, 0.5).plus(2));
    assertEquals(new Variation(1, 0.5), new Variation(0xFFFF_FFFFL, 0.5).plus(2));
  }
}
