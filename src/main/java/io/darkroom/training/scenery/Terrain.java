package io.darkroom.training.scenery;

import java.util.List;

/**
 * The shape of the land.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} and the judge's answers are
 * numbered by it.
 */
public enum Terrain {
  /** Level to the horizon. */
  FLAT("flat land", "plain"),

  /** One round hill on which the objects stand, before others; never with {@link Ground#WATER}. */
  HILL("hill"),

  /** Level ground with peaks on the horizon. */
  MOUNTAINS("mountains", "peaks"),

  /** Level ground with a row of fir trees on the horizon. */
  FOREST("forest", "woods");

  private final List<String> words;

  Terrain(String... words) {
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
