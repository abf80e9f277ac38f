package io.darkroom.training.scenery;

import java.awt.Shape;
import java.awt.geom.Path2D;

/** A hot-air balloon with an envelope in its colour and one pale gore on each side. */
final class BalloonDrawing implements Drawing {

  private static final double TOP = -35.5;
  private static final double MOUTH = -9;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    canvas.line(-2.8, MOUTH, -2.1, -4, coat.wood().opaque(), 0.55);
    canvas.line(2.8, MOUTH, 2.1, -4, coat.wood().opaque(), 0.55);
    canvas.line(0, MOUTH, 0, -4, coat.wood().opaque(), 0.55);
    Shape basket = Forms.roundBox(-3, -4.6, 3, 0, 1);
    coat.body(canvas, basket, coat.of(0xA8713C));
    canvas.trace(Forms.openLine(-2.6, -2.3, 2.6, -2.3), coat.wood().opaque(), 0.5);
    double radius = detail.around(11.4, 0.3);
    Shape envelope = gore(radius, 3.2);
    canvas.fill(envelope, coat.across(envelope));
    Pigment stripe = coat.colour() == Colour.WHITE ? coat.of(0xC9D2E4) : coat.cream();
    Shape outer = gore(radius * 0.74, 2.2);
    canvas.tint(Forms.difference(outer, gore(radius * 0.42, 1.3)), stripe.withOpacity(0.85));
    Shape shine = Forms.ellipse(coat.lightSide() * 6.6, -27.5, 1.5, 4, coat.lightSide() * 16);
    canvas.tint(shine, Pigment.WHITE.withOpacity(0.4));
    canvas.outline(envelope, coat.line());
    Shape rim = Forms.roundBox(-3.4, MOUTH - 0.6, 3.4, MOUTH + 0.7, 0.5);
    canvas.fill(rim, coat.line());
    if (coat.light().lampsAreLit()) {
      canvas.glow(0, MOUTH - 2, 7, Pigment.of(0xFFD37A), 0.55);
    }
  }

  /** The part of the envelope within a distance of the middle, narrow at the mouth. */
  private static Shape gore(double radius, double mouth) {
    Path2D path = new Path2D.Double();
    path.moveTo(-mouth, MOUTH);
    path.curveTo(-radius * 0.6, MOUTH - 4.5, -radius, MOUTH - 9, -radius, TOP + 12.5);
    path.curveTo(-radius, TOP + 5, -radius * 0.55, TOP, 0, TOP);
    path.curveTo(radius * 0.55, TOP, radius, TOP + 5, radius, TOP + 12.5);
    path.curveTo(radius, MOUTH - 9, radius * 0.6, MOUTH - 4.5, mouth, MOUTH);
    path.closePath();
    return path;
  }
}
