package io.darkroom.training.scene;

import java.util.List;

/**
 * What the ground is made of.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} is computed from it.
 */
public enum Ground {
  /** A green meadow. */
  GRASS("grass", "meadow", "field", "lawn"),

  /** A white cover of snow. */
  SNOW("snow", "snowy ground", "white ground"),

  /** A beach or a desert. */
  SAND("sand", "beach", "desert"),

  /** A calm sea or lake: boats float, what cannot float stands on an islet. */
  WATER("water", "sea", "lake", "ocean");

  private final List<String> words;

  Ground(String... words) {
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
