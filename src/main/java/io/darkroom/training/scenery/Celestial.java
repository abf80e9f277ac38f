package io.darkroom.training.scenery;

import java.util.List;

/**
 * The body in the sky, if there is one.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum Celestial {
  /** Nothing; the words are for those who want to say so. */
  NONE("empty sky"),

  /** The sun, by day and at sunset only. */
  SUN("sun", "sunshine"),

  /** A round moon, at night only. */
  FULL_MOON("full moon", "round moon"),

  /** A thin moon, at night only. */
  CRESCENT_MOON("crescent moon", "thin moon");

  private final List<String> words;

  Celestial(String... words) {
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
