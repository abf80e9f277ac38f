package io.darkroom.training.scene;

import java.util.List;

/**
 * Where in the picture an object is.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} is computed from it.
 */
public enum Place {
  /** The left half. */
  LEFT("left"),

  /** The middle; only for an object that is alone. */
  CENTRE("middle", "centre", "center"),

  /** The right half. */
  RIGHT("right");

  private final List<String> words;

  Place(String... words) {
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
