package io.darkroom.training.scenery;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Point2D;

/** A lighthouse with bands in its colour, a gallery and a lamp. */
final class LighthouseDrawing implements Drawing {

  private static final double LAMP = -36;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    if (coat.light().lampsAreLit()) {
      paintBeam(canvas, 1);
      paintBeam(canvas, -1);
    }
    Shape rock = Forms.blob(-9, 0.4, -8, -2.6, -3, -3.4, 3, -3.2, 8, -2.4, 9, 0.4);
    coat.body(canvas, rock, coat.of(0x8C8A92));
    Shape tower = Forms.polygon(-6.4, -2, -3.9, -32, 3.9, -32, 6.4, -2);
    canvas.fill(tower, coat.across(tower));
    Pigment pale = coat.colour() == Colour.WHITE ? coat.of(0xAEBBD2) : coat.of(0xF8F4EC);
    for (double y : new double[] {-13, -24}) {
      Shape band = Forms.common(tower, Forms.box(-8, y, 8, y + 4.6));
      canvas.tint(band, coat.across(tower, pale));
    }
    canvas.outline(tower, coat.line());
    Shape door = Forms.arch(0, -8, 1.8, -2);
    coat.body(canvas, door, coat.wood());
    coat.window(canvas, Forms.arch(0.2, -18.6, 1.1, -15));
    coat.window(canvas, Forms.arch(0.2, -29.4, 1.1, -26));
    Shape lantern = Forms.box(-2.7, -38.6, 2.7, -33);
    canvas.fill(lantern, Pigment.of(coat.light().lampsAreLit() ? 0xFFF0A8 : 0xFFE58A));
    canvas.outline(lantern, coat.dark());
    canvas.trace(Forms.openLine(0, -38.6, 0, -33), coat.dark().opaque(), 0.5);
    Shape gallery = Forms.roundBox(-5.6, -33.4, 5.6, -31.6, 0.6);
    coat.body(canvas, gallery, coat.slate());
    Shape dome = Forms.arch(0, -42.6, 3.6, -38.2);
    coat.body(canvas, dome, coat.slate());
    canvas.line(0, -42, 0, -44, coat.dark().opaque(), 0.7);
    if (coat.light().lampsAreLit()) {
      canvas.glow(0, LAMP, 8, Pigment.of(0xFFEFB0), 0.8);
    }
  }

  private static void paintBeam(Canvas canvas, int side) {
    Color bright = Pigment.of(0xFFF1B8).withOpacity(0.5);
    Color gone = Pigment.of(0xFFF1B8).withOpacity(0);
    Shape beam = Forms.polygon(0, LAMP - 1, side * 34, LAMP - 8, side * 34, LAMP + 8, 0, LAMP + 1);
    canvas.tint(
        beam,
        Canvas.gradient(
            new Point2D.Double(0, LAMP), new Point2D.Double(side * 34, LAMP), bright, gone));
  }
}
