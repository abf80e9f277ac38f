package io.darkroom.training.scenery;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Area;
import java.awt.geom.Path2D;
import java.awt.geom.Point2D;

/** A car seen from the side. */
final class CarDrawing implements Drawing {

  private static final double FRONT_WHEEL = 9.6;
  private static final double REAR_WHEEL = -9.8;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double roof = -detail.around(17, 0.5);
    Shape glow = Forms.polygon(16.5, -7.6, 33, -9, 33, 1, 16.5, -5);
    if (coat.light().lampsAreLit()) {
      Color warm = Pigment.of(0xFFE9A0).withOpacity(0.45);
      Color gone = Pigment.of(0xFFE9A0).withOpacity(0);
      canvas.tint(
          glow,
          Canvas.gradient(new Point2D.Double(16.5, 0), new Point2D.Double(33, 0), warm, gone));
    }
    Area body = new Area(body(roof));
    body.subtract(new Area(Forms.disc(FRONT_WHEEL, -3.6, 4.4)));
    body.subtract(new Area(Forms.disc(REAR_WHEEL, -3.6, 4.4)));
    canvas.fill(Forms.box(-13, -5, 13, -2.4), coat.dark());
    canvas.fill(body, coat.down(body));
    Shape glass =
        Forms.union(
            Forms.polygon(-9.4, -10.4, -6.6, roof + 1.6, -0.6, roof + 1.6, -0.6, -10.4),
            Forms.polygon(0.8, -10.4, 0.8, roof + 1.6, 5, roof + 1.6, 8.6, -10.4));
    canvas.outline(body, coat.line());
    coat.window(canvas, glass);
    canvas.tint(
        Forms.polygon(3.2, -10.6, 5.4, roof + 1.8, 6.2, roof + 3, 4.6, -10.6),
        Pigment.WHITE.withOpacity(0.35));
    canvas.trace(Forms.openLine(0.1, -10, 0.1, -3.4), coat.line().withOpacity(0.7), 0.5);
    canvas.trace(Forms.openLine(-2.8, -8.4, -1.2, -8.4), coat.line().opaque(), 0.6);
    canvas.tint(Forms.roundBox(-15.8, -9.5, 15.4, -8.9, 0.3), Pigment.WHITE.withOpacity(0.3));
    Shape lamp = Forms.ellipse(15.6, -6.9, 1.3, 1.5);
    canvas.fill(lamp, Pigment.of(0xFFF2B0));
    canvas.outline(lamp, coat.line());
    Shape rear = Forms.roundBox(-17, -8.2, -15.6, -5.6, 0.5);
    canvas.fill(rear, coat.of(0xC8283A));
    canvas.outline(rear, coat.line());
    canvas.fill(Forms.roundBox(13, -4, 17.4, -2.5, 0.7), coat.metal());
    canvas.fill(Forms.roundBox(-17.4, -4, -13.6, -2.5, 0.7), coat.metal());
    paintWheel(canvas, coat, FRONT_WHEEL);
    paintWheel(canvas, coat, REAR_WHEEL);
  }

  private static Shape body(double roof) {
    Path2D path = new Path2D.Double();
    path.moveTo(-16.8, -3);
    path.curveTo(-17.4, -7, -17, -9.6, -15.4, -10.2);
    path.lineTo(-11.6, -10.8);
    path.curveTo(-9.8, -14, -8.6, roof, -5.6, roof);
    path.lineTo(3.4, roof);
    path.curveTo(6.4, roof, 8.6, -13, 10.2, -10.8);
    path.curveTo(13.4, -10.4, 16.6, -9.6, 17, -6.6);
    path.lineTo(17, -3);
    path.closePath();
    return path;
  }

  private static void paintWheel(Canvas canvas, Coat coat, double x) {
    canvas.fill(Forms.disc(x, -3.6, 3.7), coat.dark());
    Shape hub = Forms.disc(x, -3.6, 1.9);
    canvas.fill(hub, coat.across(hub, coat.metal()));
    canvas.tint(Forms.disc(x, -3.6, 0.6), coat.dark());
  }
}
