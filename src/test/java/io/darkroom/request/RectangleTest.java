package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RectangleTest {
  private static Rectangle.Pixels pixels(String text) {
    return Rectangle.parse(text).orElseThrow().in(200, 100);
  }

  @Test
  void numbersAboveOneArePixels() {
    assertEquals(new Rectangle.Pixels(40, 30, 120, 80), pixels("40,30,120,80"));
    assertEquals(new Rectangle.Pixels(0, 0, 200, 100), pixels("0,0,900,900"), "cut at the border");
  }

  @Test
  void othersAreShares() {
    assertEquals(new Rectangle.Pixels(50, 0, 200, 50), pixels("0.25, 0, 1, .5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png", "1,2,3", "1,2,3,4,5", "1,2,3,x", "-1,2,3,4", "1,2,,4", ""})
  void otherTextsAreNoRectangles(String text) {
    assertEquals(Optional.empty(), Rectangle.parse(text));
  }

  @Test
  void oneWithoutAreaIsRefused() {
    assertThrows(InvalidRequestException.class, () -> Rectangle.parse("40,30,40,80"));
    assertThrows(InvalidRequestException.class, () -> Rectangle.parse("0.5,0,0.2,1"));
  }

  @Test
  void oneOutsideIsRefused() {
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> pixels("300,30,400,80"));
    assertTrue(refusal.getMessage().contains("200x100"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("300,30,400,80"), refusal.getMessage());
  }
}
