package io.darkroom.training.scenery;

import java.awt.Shape;
import java.awt.geom.AffineTransform;

/** A windmill with a coloured tower, a slate cap and four cream sails. */
final class WindmillDrawing implements Drawing {

  private static final double HUB = -29;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Shape tower = Forms.polygon(-10.5, 0, -6.4, -27, 6.4, -27, 10.5, 0);
    coat.body(canvas, tower);
    Pigment band = coat.line();
    canvas.trace(Forms.curve(-9.4, -7.4, 0, -6.6, 9.4, -7.4), band.withOpacity(0.45), 0.6);
    canvas.trace(Forms.curve(-8.1, -16, 0, -15.2, 8.1, -16), band.withOpacity(0.45), 0.6);
    Shape cap = Forms.blob(-7.4, -26.4, -6.4, -31, 0, -34.6, 6.4, -31, 7.4, -26.4, 0, -25.8);
    coat.body(canvas, cap, coat.slate());
    Shape door = Forms.arch(0, -8, 2.3, 0);
    canvas.fill(door, coat.across(door, coat.wood()));
    canvas.outline(door, coat.line());
    coat.window(canvas, Forms.arch(-2.6, -14.5, 1.3, -11));
    coat.window(canvas, Forms.arch(2.2, -22.5, 1.3, -19));
    double turn = detail.around(45, 22);
    for (int i = 0; i < 4; i++) {
      AffineTransform turned = new AffineTransform();
      turned.translate(0, HUB);
      turned.rotate(Math.toRadians(turn + 90 * i));
      paintSail(canvas.transformed(turned), coat);
    }
    Shape hub = Forms.disc(0, HUB, 1.8);
    coat.body(canvas, hub, coat.wood());
  }

  private static void paintSail(Canvas canvas, Coat coat) {
    Shape sail = Forms.polygon(0, -4, 4, -4, 4.6, -15.2, 0, -15.2);
    canvas.fill(sail, Canvas.rightward(0, 4.6, coat.cream(), coat.shade(coat.cream())));
    canvas.trace(Forms.openLine(0, -7.8, 4.2, -7.8), coat.wood().opaque(), 0.45);
    canvas.trace(Forms.openLine(0, -11.5, 4.4, -11.5), coat.wood().opaque(), 0.45);
    canvas.stroke(sail, coat.wood().opaque(), 0.65);
    canvas.line(0, 0, 0, -15.6, coat.wood().darker(0.15).opaque(), 1.1);
  }
}
