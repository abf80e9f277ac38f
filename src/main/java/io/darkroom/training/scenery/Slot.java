package io.darkroom.training.scenery;

/**
 * Where in the picture objects are.
 *
 * <p>The order of the constants is frozen: the judge's answers are numbered by it.
 */
public enum Slot {
  /** On the left. */
  LEFT,

  /** In the middle; several alike objects alone take the whole width. */
  MIDDLE,

  /** On the right. */
  RIGHT,

  /** In the sky above the others. */
  ABOVE,

  /** Nearer than the others, which it partly hides. */
  FRONT,

  /** Farther away than what is in {@link #FRONT}. */
  BACK
}
