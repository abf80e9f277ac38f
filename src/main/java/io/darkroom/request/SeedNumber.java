package io.darkroom.request;

import java.math.BigInteger;
import java.util.Optional;

/** Reads the number that a user gives for a seed, the same wherever it stands. */
public final class SeedNumber {
  private static final String RANGE =
      "between 0 and 18446744073709551615, of which the low 32 bits count, nor -1 for a random one";

  private static final BigInteger RANDOM = BigInteger.ONE.negate();
  private static final long LOW_BITS = 0xFFFF_FFFFL;

  private SeedNumber() {}

  /**
   * Reads a seed as {@code torch.manual_seed} does: up to 64 bits, of which PyTorch's CPU generator
   * looks at the low 32. As elsewhere, -1 stands for a random seed.
   *
   * @param number the number
   * @return the seed, 0 to 2^32 - 1; empty for a random one
   * @throws InvalidRequestException if it is no seed
   */
  public static Optional<Long> seed(BigInteger number) {
    if (number.equals(RANDOM)) {
      return Optional.empty();
    }
    if (number.signum() < 0 || number.bitLength() > Long.SIZE) {
      throw new InvalidRequestException("seed " + digits(number) + " is not " + RANGE);
    }
    return Optional.of(number.longValue() & LOW_BITS);
  }

  /**
   * The seed of a later picture in a series; after 2^32 - 1 comes 0.
   *
   * @param seed the first picture's; its low 32 bits count
   * @param pictures how many pictures later
   * @return 0 to 2^32 - 1
   */
  public static long later(long seed, int pictures) {
    return (seed + pictures) & LOW_BITS;
  }

  private static String digits(BigInteger number) {
    String digits = number.toString();
    return digits.length() > 40 ? digits.substring(0, 40) + "..." : digits;
  }
}
