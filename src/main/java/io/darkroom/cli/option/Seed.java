package io.darkroom.cli.option;

import io.darkroom.request.SeedNumber;
import java.math.BigInteger;
import java.security.SecureRandom;

/**
 * The seed of a picture's noise.
 *
 * @param value 0 to 2^32 - 1: all that PyTorch's CPU generator looks at
 */
public record Seed(long value) {
  private static final long MASK = 0xFFFF_FFFFL;

  /** Checks the range. */
  public Seed {
    if (value < 0 || value > MASK) {
      throw new IllegalArgumentException("seed " + value);
    }
  }

  /** {@return a seed that nobody can guess} */
  public static Seed random() {
    return new Seed(new SecureRandom().nextInt() & MASK);
  }

  /**
   * The seed that {@code torch.manual_seed} makes of a number.
   *
   * @param number of which the low 32 bits count
   * @return the seed
   */
  public static Seed of(BigInteger number) {
    return new Seed(number.longValue() & MASK);
  }

  /**
   * The seed of a later picture; after 2^32 - 1 comes 0.
   *
   * @param pictures how many pictures later
   * @return the seed
   */
  public Seed plus(int pictures) {
    return new Seed(SeedNumber.later(value, pictures));
  }
}
