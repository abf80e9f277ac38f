package io.darkroom.request;

import io.darkroom.base.PlainNumber;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far a picture's noise is turned towards that of another seed, as AUTOMATIC1111's web UI does
 * with its variation seed.
 *
 * @param seed the other seed, 0 to 2^32 - 1
 * @param strength above 0 for nearly the picture's own noise, to 1 for the other seed's
 */
public record Variation(long seed, double strength) {
  private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,40})\\s*:\\s*([0-9.]{1,40})\\s*");

  /** Checks the bounds. */
  public Variation {
    if (seed != SeedNumber.later(seed, 0)) {
      throw new IllegalArgumentException("seed " + seed);
    }
    if (!(strength > 0 && strength <= 1)) {
      throw new InvalidRequestException(
          "the strength of a variation must be above 0 and at most 1, not " + strength);
    }
  }

  /**
   * Reads a variation.
   *
   * @param text such as {@code 7:0.2}
   * @return the variation
   * @throws InvalidRequestException if it is none
   */
  static Variation parse(String text) {
    Matcher form = FORM.matcher(text);
    Optional<BigDecimal> strength =
        form.matches() ? PlainNumber.parse(form.group(2)) : Optional.empty();
    if (strength.isEmpty()) {
      throw new InvalidRequestException(
          "variation '%s' is not SEED:STRENGTH, such as 7:0.2".formatted(text.strip()));
    }
    long seed = SeedNumber.seed(new BigInteger(form.group(1))).orElseThrow();
    return new Variation(seed, strength.get().doubleValue());
  }

  /**
   * The variation of a later picture in a series; after seed 2^32 - 1 comes 0.
   *
   * @param pictures how many pictures later
   * @return the same strength with a later seed
   */
  public Variation plus(int pictures) {
    return new Variation(SeedNumber.later(seed, pictures), strength);
  }

  @Override
  public String toString() {
    return seed + ":" + PlainNumber.of(strength);
  }
}
