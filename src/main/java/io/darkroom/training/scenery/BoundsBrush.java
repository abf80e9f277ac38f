package io.darkroom.training.scenery;

import java.awt.Paint;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Rectangle2D;

/** Paints nothing and keeps the box around all shapes of things. */
final class BoundsBrush implements Brush {

  private final Rectangle2D bounds = new Area().getBounds2D();
  private boolean empty = true;

  @Override
  public void fill(Shape shape, Paint paint, AffineTransform transform) {
    Rectangle2D box = transform.createTransformedShape(shape).getBounds2D();
    bounds.setRect(empty ? box : bounds.createUnion(box));
    empty = false;
  }

  @Override
  public void tint(Shape shape, Paint paint, AffineTransform transform) {}

  /** The box in pixels. */
  Rectangle2D bounds() {
    return bounds;
  }
}
