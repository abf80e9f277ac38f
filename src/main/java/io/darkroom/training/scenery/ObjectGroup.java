package io.darkroom.training.scenery;

import java.util.Objects;

/**
 * One object of a scene, or several that are alike.
 *
 * @param kind what it is
 * @param colour its main colour
 * @param size how large it is for its kind
 * @param count how many there are, 1 to 3
 */
public record ObjectGroup(Kind kind, Colour colour, ObjectSize size, int count) {

  static final int MOST = 3;

  /**
   * Checks the parts.
   *
   * @throws NullPointerException naming what is missing
   * @throws IllegalArgumentException if the count is not 1 to 3
   */
  public ObjectGroup {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(colour, "colour");
    Objects.requireNonNull(size, "size");
    if (count < 1 || count > MOST) {
      throw new IllegalArgumentException("a group has 1 to " + MOST + " objects, not " + count);
    }
  }

  /** A number for the kind and the colour together. */
  int identity() {
    return kind.ordinal() * Colour.values().length + colour.ordinal();
  }
}
