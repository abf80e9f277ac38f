package io.darkroom.training.scenery;

import java.awt.Paint;
import java.awt.Shape;
import java.awt.geom.AffineTransform;

/** What becomes of the shapes of a drawing: a picture, a map of labels, or a box around them. */
interface Brush {

  /** Takes a part of a thing. */
  void fill(Shape shape, Paint paint, AffineTransform transform);

  /** Takes light, shadow or ornament that changes no outline. */
  void tint(Shape shape, Paint paint, AffineTransform transform);
}
