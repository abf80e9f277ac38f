package io.darkroom.training.scene;

import java.util.List;

/**
 * The shape of the land.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} is computed from it.
 */
public enum Terrain {
  /** Level to the horizon. */
  FLAT("flat land", "plain"),

  /** One big round hill on which the objects stand; never with {@link Ground#WATER}. */
  HILL("hill"),

  /** Level ground with peaks on the horizon. */
  MOUNTAINS("mountains", "peaks");

  private final List<String> words;

  Terrain(String... words) {
    this.words = List.of(words);
  }

  /**
   * The words a caption may use for this constant.
   *
   * @return at least one word or short phrase, the plainest first
   */
  public List<String> words() {
    return words;
  }
}
