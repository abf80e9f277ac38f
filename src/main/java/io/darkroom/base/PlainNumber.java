package io.darkroom.base;

import java.math.BigDecimal;
import java.util.Optional;

/** Numbers as people write them. */
public final class PlainNumber {
  private static final int MOST_DIGITS = 400;

  private PlainNumber() {}

  /**
   * The shortest form, without an exponent, as Python prints an int or a float.
   *
   * @param value a finite number
   * @return such as {@code 7}, {@code 7.5} or {@code 0.8}
   */
  public static String of(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /**
   * Reads a number.
   *
   * @param text its digits, perhaps with an exponent
   * @return the number; empty if it is none, or has so many digits that it would take forever to
   *     become whole, as 1e999999999 would
   */
  public static Optional<BigDecimal> parse(String text) {
    try {
      return Optional.of(new BigDecimal(text.strip()))
          .filter(number -> Math.abs((long) number.scale()) <= MOST_DIGITS)
          .filter(number -> number.precision() <= MOST_DIGITS);
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
