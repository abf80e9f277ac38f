package io.darkroom.training.scenery;

import java.util.List;

/**
 * The time of day, which decides the light on everything in a scene.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum TimeOfDay {
  /** Bright light and a blue sky. */
  DAY("day", "daytime", "noon"),

  /** Warm light, long shadows and a sky from violet to orange. */
  SUNSET("sunset", "dusk", "evening", "dawn"),

  /** Dim bluish light and a dark sky, lit windows. */
  NIGHT("night", "midnight", "nighttime");

  private final List<String> words;

  TimeOfDay(String... words) {
    this.words = List.of(words);
  }

  /**
   * The words that a caption may use for this constant.
   *
   * @return at least one word or short phrase, the plainest first
   */
  public List<String> words() {
    return words;
  }
}
