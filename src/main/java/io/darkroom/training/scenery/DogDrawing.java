package io.darkroom.training.scenery;

import java.awt.Shape;

/** A standing dog seen from the side, with a drooping ear and a collar. */
final class DogDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double wag = detail.around(0, 1.2);
    Shape tail = Forms.limb(2, -9.6, -12.6, -12, -15, -13 + wag, -19);
    coat.body(canvas, tail);
    Pigment far = coat.shade().darker(0.12);
    paintLeg(canvas, coat, far, -6);
    paintLeg(canvas, coat, far, 3.4);
    paintLeg(canvas, coat, coat.base(), -8.6);
    paintLeg(canvas, coat, coat.base(), 5.8);
    Shape body =
        Forms.blob(
            -10.6, -10, -9, -13.8, -3, -13.6, 3, -14.2, 6, -17.6, 9, -16, 8.8, -10.4, 6.6, -6.4, 0,
            -6.6, -6, -5.8, -9.8, -6.4);
    canvas.outline(body, coat.line());
    canvas.fill(body, coat.down(body));
    Pigment soft = coat.colour() == Colour.WHITE ? coat.of(0xFFFFFF) : coat.base().lighter(0.4);
    canvas.tint(Forms.ellipse(7.3, -10, 1.4, 3, 8), soft.withOpacity(0.6));
    Shape head =
        Forms.blob(
            3.6, -18.6, 5, -22.2, 8.4, -23, 10.6, -21, 13.6, -19.2, 14, -17, 11.6, -15.6, 8, -15,
            4.6, -15.6);
    canvas.fill(head, coat.down(head));
    canvas.outline(head, coat.line());
    canvas.tint(Forms.ellipse(11.8, -17, 1.9, 1.1, 12), soft.withOpacity(0.7));
    canvas.fill(Forms.ellipse(13.6, -18.7, 1.2, 1), coat.dark());
    canvas.tint(Forms.disc(9.2, -19.6, 0.85), Pigment.of(0x15151C));
    canvas.tint(Forms.disc(9.5, -19.9, 0.3), Pigment.WHITE);
    canvas.trace(Forms.curve(10, -15.9, 12, -15.8, 13.4, -16.6), coat.line().opaque(), 0.45);
    Pigment earColour = coat.shade().darker(0.18);
    Shape ear = Forms.blob(4.2, -22.4, 6.6, -22, 6.8, -18.6, 5.6, -14.8, 3.2, -15.6, 2.8, -19.4);
    canvas.fill(ear, earColour);
    canvas.outline(ear, coat.line());
    Shape collar = Forms.limb(1.2, 4.2, -15, 6.6, -14, 9, -14.6);
    canvas.fill(collar, coat.of(0x3E4A66));
    canvas.tint(Forms.disc(7, -13, 0.8), coat.of(0xF2CB5A));
  }

  private static void paintLeg(Canvas canvas, Coat coat, Pigment pigment, double x) {
    Shape leg =
        Forms.union(
            Forms.polygon(x - 1.7, -9, x - 1.3, -0.4, x + 1.3, -0.4, x + 1.7, -9),
            Forms.roundBox(x - 1.4, -1.9, x + 2.2, 0, 0.9));
    canvas.fill(leg, pigment);
    canvas.outline(leg, coat.line());
  }
}
