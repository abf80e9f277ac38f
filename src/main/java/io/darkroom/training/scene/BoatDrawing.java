package io.darkroom.training.scene;

import java.awt.Shape;
import java.awt.geom.Path2D;

/** A sailing boat with hull and sails of one colour. */
final class BoatDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double top = -detail.around(43, 1.5);
    canvas.line(0, -9, 0, top, coat.wood().opaque(), 2);
    paintSail(canvas, coat, coat.lit(), Forms.polygon(2, top + 2, 2, -13.5, 19, -13.5));
    paintSail(canvas, coat, coat.base(), Forms.polygon(-2, top + 7, -2, -13.5, -15, -13.5));
    Shape hull = hull();
    canvas.fill(hull, Canvas.downward(-10, 0, coat.base(), coat.shade()));
    canvas.outline(hull, coat.line());
  }

  private static void paintSail(Canvas canvas, Coat coat, Pigment pigment, Shape sail) {
    canvas.fill(sail, pigment);
    canvas.outline(sail, coat.line());
  }

  private static Shape hull() {
    Path2D path = new Path2D.Double();
    path.moveTo(-20.5, -10);
    path.lineTo(20.5, -10);
    path.quadTo(18, -2, 11, 0);
    path.lineTo(-11, 0);
    path.quadTo(-18, -2, -20.5, -10);
    path.closePath();
    return path;
  }
}
