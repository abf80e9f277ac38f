package io.darkroom.training.scenery;

import java.util.List;

/**
 * The weather, seen in the sky and, when something falls, in front of everything.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum Weather {
  /** An empty sky, with stars at night. */
  CLEAR("clear sky", "cloudless sky"),

  /** Clouds of several sizes. */
  CLOUDY("clouds", "cloudy sky", "cloudy", "overcast"),

  /** Dark clouds and slanting streaks. */
  RAIN("rain", "rainy", "raining"),

  /** White flakes in front of a dull sky. */
  SNOWFALL("snowfall", "snowing", "falling snow");

  private final List<String> words;

  Weather(String... words) {
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
