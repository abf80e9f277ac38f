package io.darkroom.training.scenery;

import java.util.List;

/**
 * How large an object is for one of its kind.
 *
 * <p>The order of the constants is frozen: the judge's answers are numbered by it.
 */
public enum ObjectSize {
  /** Two thirds of the usual size. */
  SMALL(0.64, "small", "little", "tiny"),

  /** The usual size, of which captions say nothing. */
  MEDIUM(1),

  /** A third more than the usual size. */
  LARGE(1.34, "large", "big", "huge");

  private final double scale;
  private final List<String> words;

  ObjectSize(double scale, String... words) {
    this.scale = scale;
    this.words = List.of(words);
  }

  double scale() {
    return scale;
  }

  /**
   * The words that a caption may use for this constant.
   *
   * @return the plainest first; none for the usual size
   */
  public List<String> words() {
    return words;
  }
}
