package io.darkroom.training.scenery;

import java.awt.Shape;

/** A sitting cat that looks at you. */
final class CatDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double curl = detail.around(0, 0.8);
    Shape tail = Forms.limb(2.6, 4, -1.6, 8.4, -2, 10, -6, 8.4 + curl, -10.4);
    coat.body(canvas, tail);
    Shape body =
        Forms.blob(
            0, 0.2, -5.4, 0, -7, -3, -5.8, -8.4, -3.6, -13, 3.6, -13, 5.8, -8.4, 7, -3, 5.4, 0);
    coat.body(canvas, body);
    Pigment soft = coat.colour() == Colour.WHITE ? coat.of(0xFFFFFF) : coat.base().lighter(0.42);
    canvas.tint(Forms.ellipse(0, -8.2, 2.5, 3.8), soft.withOpacity(0.75));
    Shape paws =
        Forms.union(Forms.ellipse(-2.4, -1.2, 2.2, 1.5), Forms.ellipse(2.4, -1.2, 2.2, 1.5));
    canvas.fill(paws, coat.lit());
    canvas.outline(paws, coat.line());
    canvas.trace(Forms.openLine(0, -5.4, 0, -2), coat.line().withOpacity(0.6), 0.5);
    paintEar(canvas, coat, -1);
    paintEar(canvas, coat, 1);
    Shape head = Forms.ellipse(0, -16, 6.3, 5.2);
    canvas.outline(head, coat.line());
    canvas.fill(head, coat.across(head));
    canvas.tint(Forms.ellipse(0, -13.7, 3, 2), soft.withOpacity(0.75));
    for (int side = -1; side <= 1; side += 2) {
      Shape eye = Forms.ellipse(side * 2.7, -16.6, 1.35, 1.5);
      canvas.tint(eye, coat.of(coat.colour() == Colour.GREEN ? 0xFFF0B0 : 0xC8F08A));
      canvas.tint(Forms.ellipse(side * 2.7, -16.6, 0.6, 1.3), Pigment.of(0x15151C));
      canvas.trace(
          Forms.openLine(side * 3, -13.8, side * 7.6, -14.6), coat.cream().withOpacity(0.8), 0.35);
      canvas.trace(
          Forms.openLine(side * 3, -13.2, side * 7.4, -12.4), coat.cream().withOpacity(0.8), 0.35);
    }
    canvas.tint(Forms.polygon(-0.9, -14.6, 0.9, -14.6, 0, -13.5), coat.of(0xE88A96));
    canvas.trace(Forms.curve(-1.6, -13, 0, -12.3, 1.6, -13), coat.line().opaque(), 0.4);
  }

  private static void paintEar(Canvas canvas, Coat coat, int side) {
    coat.body(canvas, Forms.polygon(side * 5.9, -17, side * 5.7, -23.6, side * 1, -20.4));
    canvas.tint(
        Forms.polygon(side * 5, -18.6, side * 5.1, -21.8, side * 2.4, -20.2), coat.of(0xF0A8B0));
  }
}
