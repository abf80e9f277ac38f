package io.darkroom.training.scene;

import java.util.Objects;

/**
 * One thing in a scene.
 *
 * @param kind what it is
 * @param colour its main colour
 * @param place where it is
 */
public record SceneObject(Kind kind, Colour colour, Place place) {

  /**
   * Checks that nothing is missing.
   *
   * @throws NullPointerException naming what is missing
   */
  public SceneObject {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(colour, "colour");
    Objects.requireNonNull(place, "place");
  }

  /** A number from 0 to 48 for the kind and the colour together. */
  int identity() {
    return kind.ordinal() * Colour.values().length + colour.ordinal();
  }
}
