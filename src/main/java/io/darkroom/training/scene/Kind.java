package io.darkroom.training.scene;

import java.util.List;

/**
 * What an object is.
 *
 * <p>The order of the constants is frozen: {@link Scene#isHeldOut()} is computed from it.
 */
public enum Kind {
  /** A house with a slate roof; its walls have the colour. */
  HOUSE("house", "cottage", "home"),

  /** A round tree; its crown has the colour. */
  TREE("tree"),

  /** A sailing boat; its hull and its sails have the colour. */
  BOAT("boat", "sailing boat", "sailboat"),

  /** A car seen from the side; its body has the colour. */
  CAR("car", "automobile"),

  /** A windmill; its tower has the colour. */
  WINDMILL("windmill", "mill"),

  /** A castle with towers; its walls have the colour. */
  CASTLE("castle", "fortress"),

  /** A hot-air balloon in the sky; its envelope has the colour. */
  BALLOON("balloon", "hot-air balloon");

  private final List<String> words;

  Kind(String... words) {
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
