package io.darkroom.training.scenery;

import java.awt.image.BufferedImage;
import java.util.List;

/**
 * A scene as pixels, with what is known about them.
 *
 * @param picture of type {@link BufferedImage#TYPE_INT_RGB}
 * @param labels a label for each pixel, row by row: the ordinal of a {@link Label}, or {@link
 *     Label#ofKind}
 * @param boxes one for each object, the farthest first
 */
public record RenderedScene(BufferedImage picture, int[] labels, List<Box> boxes) {

  /**
   * The box around an object, cut off at the picture's edges, whole where others hide the object.
   *
   * @param group what it is
   * @param left in pixels
   * @param top in pixels
   * @param right in pixels
   * @param bottom in pixels
   */
  public record Box(ObjectGroup group, double left, double top, double right, double bottom) {}
}
