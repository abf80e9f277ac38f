package io.darkroom.training.scenery;

import java.awt.Shape;
import java.awt.geom.Path2D;

/** A sailing boat: hull and foresail in its colour, a pale mainsail. */
final class BoatDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double top = -detail.around(37, 0.8);
    canvas.line(0.5, -8, 0.5, top, coat.wood().opaque(), 1.3);
    Shape main = sail(1.6, top + 1.5, 14.5);
    Pigment cloth = coat.colour() == Colour.WHITE ? coat.of(0xDCE3EE) : coat.of(0xFBF6EA);
    canvas.fill(main, coat.across(main, cloth));
    canvas.trace(Forms.curve(1.8, -19, 6, -18.2, 10.2, -19.5), coat.shade(cloth).opaque(), 0.5);
    canvas.outline(main, coat.of(0x5A6478));
    Shape fore = sail(-0.6, top + 4, -14);
    coat.body(canvas, fore);
    Shape pennant = Forms.polygon(0.5, top - 0.6, 6, top + 0.9, 0.5, top + 2.4);
    coat.body(canvas, pennant);
    Shape hull = hull();
    canvas.fill(hull, coat.down(hull));
    canvas.tint(Forms.common(hull, Forms.box(-20, -6.6, 20, -5.3)), coat.cream().withOpacity(0.85));
    canvas.outline(hull, coat.line());
    Shape rail = Forms.roundBox(-16.6, -9.4, 16.8, -7.8, 0.7);
    coat.body(canvas, rail, coat.wood());
  }

  /** A sail that swells to one side. */
  private static Shape sail(double mast, double top, double foot) {
    Path2D path = new Path2D.Double();
    path.moveTo(mast, top);
    path.quadTo(foot * 0.75, -24, foot, -11.5);
    path.quadTo((mast + foot) / 2, -9.8, mast, -11);
    path.closePath();
    return path;
  }

  private static Shape hull() {
    Path2D path = new Path2D.Double();
    path.moveTo(-16.3, -8.2);
    path.lineTo(16.6, -8.2);
    path.quadTo(14.4, -1.6, 9, 0);
    path.lineTo(-9.6, 0);
    path.quadTo(-14.6, -1.6, -16.3, -8.2);
    path.closePath();
    return path;
  }
}
