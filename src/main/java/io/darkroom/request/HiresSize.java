package io.darkroom.request;

import io.darkroom.base.OneLine;
import io.darkroom.base.PlainNumber;
import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;

/** How large the high-resolution pass is: a factor, or a size in pixels. */
public sealed interface HiresSize {
  /** The largest factor. */
  double MOST = 16;

  /**
   * So many times the size of the first pass, each side down to a multiple of what the model needs,
   * as AUTOMATIC1111's web UI does.
   *
   * @param factor 1 to {@link #MOST}
   */
  record Factor(double factor) implements HiresSize {
    /** Checks the factor. */
    public Factor {
      if (!(factor >= 1 && factor <= MOST)) {
        throw wrong(Double.isFinite(factor) ? PlainNumber.of(factor) : "" + factor);
      }
    }

    @Override
    public PictureSize after(PictureSize first, int multiple) {
      return new PictureSize(side(first.width(), multiple), side(first.height(), multiple));
    }

    private int side(int pixels, int multiple) {
      // In decimals: 1.1 times 80 is 88, but 87.99999 in floating point of another order.
      int wanted = BigDecimal.valueOf(factor).multiply(BigDecimal.valueOf(pixels)).intValue();
      return Math.max(1, wanted / multiple) * multiple;
    }

    @Override
    public String toString() {
      return PlainNumber.of(factor);
    }
  }

  /**
   * Just this size. A first pass of another shape is enlarged until it covers the size, and what
   * sticks out is cut off.
   *
   * @param size in pixels
   */
  record Exact(PictureSize size) implements HiresSize {
    /** Checks that there is one. */
    public Exact {
      Objects.requireNonNull(size, "size");
    }

    @Override
    public PictureSize after(PictureSize first, int multiple) {
      return size;
    }

    @Override
    public String toString() {
      return size.width() + "x" + size.height();
    }
  }

  /**
   * The size of the high-resolution pass.
   *
   * @param first the size of the first pass
   * @param multiple what sides must be multiples of
   * @return the size, which is not held against the model
   */
  PictureSize after(PictureSize first, int multiple);

  /**
   * Reads what a person wrote.
   *
   * @param text such as {@code 2}, {@code 1.5} or {@code 1024x1536}
   * @return the size
   * @throws InvalidRequestException if it is none
   */
  static HiresSize parse(String text) {
    Optional<BigDecimal> factor = PlainNumber.parse(text);
    if (factor.isPresent()) {
      return new Factor(factor.get().doubleValue());
    }
    try {
      PictureSize size = PictureSize.parse(text);
      Setting.WIDTH.check(size.width());
      Setting.HEIGHT.check(size.height());
      return new Exact(size);
    } catch (InvalidRequestException e) {
      throw wrong(text);
    }
  }

  private static InvalidRequestException wrong(String text) {
    return new InvalidRequestException(
        "hires must be a factor of 1 to %s, or a size such as 1024x1536, not '%s'"
            .formatted(PlainNumber.of(MOST), OneLine.of(text.strip())));
  }
}
