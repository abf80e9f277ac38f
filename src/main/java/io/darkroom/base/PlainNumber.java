package io.darkroom.base;

import java.math.BigDecimal;

/** Numbers as people write them. */
public final class PlainNumber {
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
}
