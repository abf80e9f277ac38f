package io.darkroom.training.scenery;

import java.util.List;

/**
 * What the ground is made of.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum Ground {
  /** A meadow. */
  GRASS("grass", "meadow", "lawn", "field"),

  /** Snow on the ground. */
  SNOW("snow", "snowy ground", "snow-covered ground"),

  /** A desert. */
  SAND("sand", "desert", "sandy ground"),

  /** A lake or the sea, with a shore in front for what does not float. */
  WATER("water", "sea", "lake", "ocean");

  private final List<String> words;

  Ground(String... words) {
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
