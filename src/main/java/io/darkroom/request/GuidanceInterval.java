package io.darkroom.request;

import io.darkroom.base.PlainNumber;
import java.math.BigDecimal;

/**
 * The noise levels at which guidance works; outside it the prompt steers alone, which takes half
 * the time (Kynkäänniemi et al., arXiv 2404.07724, equation 5). A level is the sigma of the
 * variance-exploding form, sqrt((1 - alphaCumprod) / alphaCumprod): some 15 where Stable Diffusion
 * begins, 0.03 at its last step.
 *
 * @param low guidance works above it; 0 or more
 * @param high and up to it; infinite for all above
 */
public record GuidanceInterval(double low, double high) {
  /** Guidance at every step. */
  public static final GuidanceInterval EVERYWHERE =
      new GuidanceInterval(0, Double.POSITIVE_INFINITY);

  /** Above every model's greatest noise level by far. */
  private static final double GREATEST = 1e6;

  private static final String FORM = "LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5";

  /** Checks that it is one. */
  public GuidanceInterval {
    if (!(low >= 0 && low < high)) {
      throw new InvalidRequestException(
          "guidance interval %s is empty; it goes from a lower to a higher noise level"
              .formatted(text(low, high)));
    }
  }

  /**
   * Reads an interval as a user writes it.
   *
   * @param text {@code LOW:HIGH}; where a side is missing, nothing bounds it
   * @return the interval
   * @throws InvalidRequestException if it is none
   */
  public static GuidanceInterval parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw wrong(text);
    }
    return new GuidanceInterval(
        bound(text, text.substring(0, colon), 0),
        bound(text, text.substring(colon + 1), Double.POSITIVE_INFINITY));
  }

  private static double bound(String all, String text, double missing) {
    if (text.isBlank()) {
      return missing;
    }
    try {
      double bound = new BigDecimal(text.strip()).doubleValue();
      if (bound >= 0 && bound <= GREATEST) {
        return bound;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw wrong(all);
  }

  private static InvalidRequestException wrong(String text) {
    return new InvalidRequestException(
        "guidance interval '%s' is not %s".formatted(text.strip(), FORM));
  }

  /**
   * Tells whether guidance works.
   *
   * @param sigma a noise level; infinite for pure noise
   * @return whether it lies inside
   */
  public boolean contains(double sigma) {
    return sigma > low && sigma <= high;
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return text(low, high);
  }

  private static String text(double low, double high) {
    return (low == 0 ? "" : PlainNumber.of(low))
        + ":"
        + (Double.isInfinite(high) ? "" : PlainNumber.of(high));
  }
}
