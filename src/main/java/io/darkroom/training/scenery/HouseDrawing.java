package io.darkroom.training.scenery;

import java.awt.Shape;

/** A house seen from a corner: gable, side wall, slate roof, chimney. */
final class HouseDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Pigment slate = coat.slate();
    Shape chimney = Forms.box(8.5, -31, 12, -22);
    coat.body(canvas, chimney, coat.of(0xA07A6A));
    coat.body(canvas, Forms.roundBox(7.8, -32, 12.7, -30, 0.5), slate);
    Shape side = Forms.box(2, -16, 16, 0);
    canvas.fill(side, Canvas.downward(side, coat.shade(), coat.shade().darker(0.08)));
    canvas.outline(side, coat.line());
    Shape front = Forms.polygon(-15.5, 0, -15.5, -16, -6.5, -26.5, 2.5, -16, 2.5, 0);
    canvas.fill(front, Canvas.downward(front, coat.lit(), coat.base()));
    canvas.outline(front, coat.line());
    Shape roof = Forms.polygon(-6.5, -28.6, 10, -28.6, 18, -14.6, 4.2, -14.6);
    canvas.fill(roof, Canvas.downward(roof, coat.lit(slate), slate, coat.shade(slate)));
    canvas.outline(roof, slate.darker(0.4));
    for (double y : new double[] {-24, -19.3}) {
      double t = (y + 28.6) / 14;
      canvas.trace(
          Forms.openLine(-5.5 + t * 10, y, 9.4 + t * 8, y), slate.darker(0.22).opaque(), 0.5);
    }
    Shape verge = Forms.openLine(-17, -13.8, -6.5, -27.6, 4, -13.8);
    canvas.stroke(verge, slate.darker(0.4).opaque(), 2.6);
    canvas.stroke(verge, coat.lit(slate).opaque(), 1.2);
    Shape door = Forms.arch(-10, -10, 2.5, 0);
    canvas.fill(door, coat.across(door, coat.wood()));
    canvas.outline(door, coat.line());
    canvas.tint(Forms.disc(-8.4, -4.4, 0.5), coat.of(0xF2CB5A));
    paintWindow(canvas, coat, -5.4, -10.5, -0.4, -5);
    paintWindow(canvas, coat, 6.5, -11.5, 12, -5.5);
    coat.window(canvas, Forms.disc(-6.5, -18, 2.1));
  }

  private static void paintWindow(
      Canvas canvas, Coat coat, double left, double top, double right, double bottom) {
    coat.window(canvas, Forms.box(left, top, right, bottom));
    double x = (left + right) / 2;
    double y = (top + bottom) / 2;
    canvas.trace(Forms.openLine(x, top, x, bottom), coat.cream().opaque(), 0.6);
    canvas.trace(Forms.openLine(left, y, right, y), coat.cream().opaque(), 0.6);
  }
}
