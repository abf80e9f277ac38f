package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.RgbImage;
import io.darkroom.testing.TestDevice;

/** Compares pictures. */
final class Pictures {
  private static final double HALF_PRECISION_DECIBELS = 20;

  private Pictures() {}

  /**
   * How two pictures differ.
   *
   * @param largest the largest difference, in levels of 255
   * @param share how many of the values differ at all, 0 to 1
   * @param signalToNoise the peak signal-to-noise ratio in decibels
   */
  record Difference(int largest, double share, double signalToNoise) {}

  /** Compares two pictures of one size. */
  static Difference difference(RgbImage expected, RgbImage actual) {
    assertEquals(expected.width(), actual.width(), "width");
    assertEquals(expected.height(), actual.height(), "height");
    int largest = 0;
    int different = 0;
    double squares = 0;
    int count = expected.rgb().length;
    for (int i = 0; i < count; i++) {
      int off =
          Math.abs(Byte.toUnsignedInt(expected.rgb()[i]) - Byte.toUnsignedInt(actual.rgb()[i]));
      largest = Math.max(largest, off);
      different += off > 0 ? 1 : 0;
      squares += (double) off * off;
    }
    return new Difference(
        largest, (double) different / count, 10 * Math.log10(255.0 * 255 * count / squares));
  }

  /**
   * Checks that no value is off by more than one level, and few are off at all; in half precision,
   * that it is the same picture.
   */
  static void assertAlike(String what, RgbImage expected, RgbImage actual) {
    Difference difference = difference(expected, actual);
    if (!TestDevice.isSingle()) {
      assertTrue(
          difference.signalToNoise() >= HALF_PRECISION_DECIBELS, what + " in half: " + difference);
      return;
    }
    assertTrue(
        difference.largest() <= 1 && difference.share() <= 0.01,
        "%s: %d levels off at most, %.3f %% of the values differ"
            .formatted(what, difference.largest(), 100 * difference.share()));
  }
}
