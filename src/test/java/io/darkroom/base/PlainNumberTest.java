package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainNumberTest {
  @ParameterizedTest
  @CsvSource({"7, 7", "7.5, 7.5", "0.80, 0.8", "-1, -1", "0, 0", "1e-7, 0.0000001", "1e3, 1000"})
  void isShortAndHasNoExponent(double value, String text) {
    assertEquals(text, PlainNumber.of(value));
  }
}
