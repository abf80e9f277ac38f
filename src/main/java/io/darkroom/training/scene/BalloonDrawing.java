package io.darkroom.training.scene;

import java.awt.Shape;
import java.awt.geom.Path2D;

/** A hot-air balloon with a coloured envelope in bright and dark stripes. */
final class BalloonDrawing implements Drawing {

  private static final double TOP = -46;
  private static final double MOUTH = -11;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    canvas.line(-4, MOUTH, -3, -5, coat.wood().opaque(), 1.2);
    canvas.line(4, MOUTH, 3, -5, coat.wood().opaque(), 1.2);
    Shape basket = Forms.roundBox(-4.5, -6.5, 4.5, 0, 1.5);
    canvas.fill(basket, coat.wood().lighter(0.15));
    canvas.outline(basket, coat.wood().darker(0.35));
    double radius = detail.around(18, 0.8);
    Shape envelope = gore(radius, 4.5);
    canvas.fill(envelope, coat.rounded(radius * 1.1));
    canvas.fill(gore(radius * 0.62, 3), coat.base().darker(0.1));
    canvas.fill(gore(radius * 0.28, 1.6), coat.lit());
    canvas.outline(envelope, coat.line());
  }

  /** The part of the envelope within a distance of the middle, narrow at the mouth. */
  private static Shape gore(double radius, double mouth) {
    Path2D path = new Path2D.Double();
    path.moveTo(-mouth, MOUTH);
    path.curveTo(-radius * 0.6, MOUTH - 6, -radius, MOUTH - 10, -radius, TOP + 17);
    path.curveTo(-radius, TOP + 7, -radius * 0.55, TOP, 0, TOP);
    path.curveTo(radius * 0.55, TOP, radius, TOP + 7, radius, TOP + 17);
    path.curveTo(radius, MOUTH - 10, radius * 0.6, MOUTH - 6, mouth, MOUTH);
    path.closePath();
    return path;
  }
}
