package io.darkroom.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;

/** Holds computed numbers against reference numbers. */
public final class Closeness {
  private Closeness() {}

  /**
   * Checks that no number is further off than a share of the largest reference value.
   *
   * @param what what is compared, for the message
   * @param expected the reference
   * @param actual float32, as many numbers
   * @param tolerance the share
   */
  public static void assertClose(String what, float[] expected, NDArray actual, double tolerance) {
    assertClose(what, expected, actual.toFloatArray(), tolerance);
  }

  /**
   * Checks that no number is further off than a share of the largest reference value.
   *
   * @param what what is compared, for the message
   * @param expected the reference
   * @param actual as many numbers
   * @param tolerance the share
   */
  public static void assertClose(String what, float[] expected, float[] actual, double tolerance) {
    assertEquals(expected.length, actual.length, what);
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      assertTrue(Float.isFinite(actual[i]), what + " is not finite");
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    assertTrue(
        difference <= tolerance * largest,
        "%s is off by %g, where the largest reference value is %g"
            .formatted(what, difference, largest));
  }
}
