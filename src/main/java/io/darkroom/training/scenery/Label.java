package io.darkroom.training.scenery;

/**
 * What a pixel of a segmentation map shows when it shows no object. The objects' labels follow:
 * {@link #ofKind}.
 *
 * <p>The order of the constants is frozen: maps are numbered by it.
 */
public enum Label {
  /** The sky, stars included. */
  SKY,
  /** The sun or the moon. */
  CELESTIAL,
  /** A cloud. */
  CLOUD,
  /** A mountain. */
  MOUNTAIN,
  /** A fir tree of the forest on the horizon. */
  FOREST,
  /** Grass, hills of grass included. */
  GRASS,
  /** Snow on the ground. */
  SNOW,
  /** Sand, the shore of water included. */
  SAND,
  /** Water. */
  WATER;

  /**
   * The label of a kind of object.
   *
   * @param kind the kind
   * @return a number from 9 on
   */
  public static int ofKind(Kind kind) {
    return values().length + kind.ordinal();
  }

  /**
   * How many labels there are.
   *
   * @return 25, the kinds included
   */
  public static int count() {
    return values().length + Kind.values().length;
  }

  static Label of(Ground ground) {
    return switch (ground) {
      case GRASS -> GRASS;
      case SNOW -> SNOW;
      case SAND -> SAND;
      case WATER -> WATER;
    };
  }
}
