package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainNumberTest {
  @ParameterizedTest
  @CsvSource({"7, 7", "7.5, 7.5", "0.80, 0.8", "-1, -1", "0, 0", "1e-7, 0.0000001", "1e3, 1000"})
  void isShortAndHasNoExponent(double value, String text) {
    assertEquals(text, PlainNumber.of(value));
  }

  @Test
  void aNumberIsReadUnlessItHasTooManyDigits() {
    assertEquals(new BigDecimal("7.5"), PlainNumber.parse(" 7.5 ").orElseThrow());
    assertEquals(0, PlainNumber.parse("1e400").orElseThrow().compareTo(new BigDecimal("1e400")));
    for (String text : List.of("", "x", "1e401", "1e-401", "1e99999999999", "1".repeat(401))) {
      assertEquals(Optional.empty(), PlainNumber.parse(text), text);
    }
  }
}
