package io.darkroom.training.scenery;

import java.awt.Shape;

/** A flying bird with both wings up. */
final class BirdDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double flap = detail.around(0, 1);
    Pigment far = coat.shade().darker(0.05);
    Shape farWing = Forms.blob(2.6, -7, 4, -12, 9 + flap, -17.6, 8.6, -12, 6.4, -7);
    canvas.fill(farWing, far);
    canvas.outline(farWing, coat.line());
    Shape tail = Forms.polygon(-7, -5.6, -13.4, -8, -12, -4.8, -13.2, -2.2, -7, -3.4);
    coat.body(canvas, tail);
    Shape beak = Forms.polygon(10.6, -7.6, 14, -6.2, 10.6, -5.2);
    coat.body(canvas, beak, coat.of(0xF0A030));
    Shape body =
        Forms.blob(
            -8, -4.6, -4, -7, 2, -8.2, 6, -9.8, 9.6, -9.4, 11, -6.8, 9.4, -3.8, 4, -1.2, -2, -1.4);
    canvas.fill(body, coat.down(body));
    Pigment soft = coat.colour() == Colour.WHITE ? coat.of(0xFFFFFF) : coat.base().lighter(0.45);
    canvas.tint(Forms.ellipse(4.2, -3.2, 4.6, 1.5, -14), soft.withOpacity(0.7));
    canvas.outline(body, coat.line());
    Shape wing =
        Forms.blob(
            4.4,
            -6.4,
            1.6,
            -11,
            -3.4 - flap,
            -18.6,
            -6.4 - flap,
            -16.4,
            -5.2,
            -12,
            -6.2,
            -9.6,
            -3.4,
            -7,
            0,
            -4.6);
    canvas.fill(wing, coat.down(wing));
    canvas.outline(wing, coat.line());
    canvas.trace(
        Forms.curve(-4.4 - flap, -15.8, -2.8, -11.4, 0.4, -7.4), coat.line().withOpacity(0.6), 0.5);
    canvas.tint(Forms.disc(8.4, -7.4, 0.8), Pigment.of(0x15151C));
    canvas.tint(Forms.disc(8.7, -7.7, 0.28), Pigment.WHITE);
  }
}
