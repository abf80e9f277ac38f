package io.darkroom.training.scene;

import java.awt.Shape;

/** A car seen from the side. */
final class CarDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double roof = -detail.around(28.5, 1);
    Shape body =
        Forms.union(
            Forms.roundBox(-22, -17.5, 22, -4, 5.5),
            Forms.polygon(-15.5, -15, -9.5, roof, 8, roof, 16, -15));
    canvas.fill(body, Canvas.downward(roof, -3, coat.lit(), coat.base(), coat.shade()));
    canvas.outline(body, coat.line());
    double sill = -17;
    double top = roof + 3;
    canvas.fill(Forms.polygon(-11, sill, -7.6, top, -1.6, top, -1.6, sill), coat.glass());
    canvas.fill(Forms.polygon(1.6, sill, 1.6, top, 6.6, top, 11, sill), coat.glass());
    paintWheel(canvas, coat, -12.5);
    paintWheel(canvas, coat, 12.5);
  }

  private static void paintWheel(Canvas canvas, Coat coat, double x) {
    canvas.fill(Forms.disc(x, -5.6, 6.2), coat.slate().darker(0.4));
    canvas.fill(Forms.disc(x, -5.6, 2.5), Pigment.of(0xB9C0CB));
  }
}
