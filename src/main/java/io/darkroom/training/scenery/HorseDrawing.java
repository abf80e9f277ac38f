package io.darkroom.training.scenery;

import java.awt.Shape;

/** A horse seen from the side, its mane and tail darker. */
final class HorseDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    double step = detail.around(0, 0.9);
    Pigment hair =
        switch (coat.colour()) {
          case WHITE -> coat.of(0xC9CEDA);
          case BLACK -> coat.of(0x5B6072);
          default -> coat.base().mixed(Pigment.of(0x20141C), 0.55);
        };
    Shape tail = Forms.blob(-11, -21.5, -14.6, -20.4, -16.4, -14, -16, -8, -13.6, -12, -12, -18);
    canvas.fill(tail, coat.across(tail, hair));
    canvas.outline(tail, coat.line());
    Pigment far = coat.shade().darker(0.12);
    paintLeg(canvas, coat, far, -7.2 + step, -1.2);
    paintLeg(canvas, coat, far, 6 - step, 1.2);
    Shape body =
        Forms.blob(
            -12.6, -18, -10.6, -22.4, -4, -22.2, 2, -21.4, 6.2, -24, 9.6, -29.4, 12, -31.6, 15,
            -30.8, 18.2, -27, 18.4, -25, 16.4, -24.2, 13.6, -25.6, 12, -23.8, 11, -17.6, 8, -12.4,
            1, -11.8, -5, -12.2, -10.6, -11.6);
    Shape ear = Forms.polygon(11, -30.6, 11.6, -34, 13.6, -31.2);
    coat.body(canvas, ear);
    paintLeg(canvas, coat, coat.base(), -9.4 - step, -0.6);
    paintLeg(canvas, coat, coat.base(), 7.6 + step, 0.4);
    canvas.outline(body, coat.line());
    canvas.fill(body, coat.down(body));
    Shape joins =
        Forms.union(Forms.ellipse(-9.3, -14.6, 2.4, 3.2), Forms.ellipse(7.4, -14.6, 2.2, 3));
    canvas.tint(joins, coat.base().withOpacity(0.55));
    Shape mane =
        Forms.blob(
            11.4, -32.6, 9, -30.4, 6.2, -26, 3, -22.6, 4.4, -20.4, 7.4, -22.4, 9.4, -26, 11.6, -29);
    canvas.fill(mane, hair);
    canvas.tint(Forms.ellipse(17.2, -25.6, 1.6, 1.4), coat.lit().withOpacity(0.6));
    canvas.tint(Forms.disc(14.2, -28.8, 0.7), coat.dark());
    canvas.tint(Forms.disc(17.6, -25.8, 0.4), coat.dark());
  }

  private static void paintLeg(Canvas canvas, Coat coat, Pigment pigment, double x, double lean) {
    Shape leg =
        Forms.polygon(
            x - 2.1,
            -15,
            x - 1.3 + lean * 0.4,
            -7,
            x - 1.3 + lean,
            0,
            x + 1.5 + lean,
            0,
            x + 1.2 + lean * 0.4,
            -7,
            x + 2.3,
            -15);
    canvas.fill(leg, pigment);
    canvas.outline(leg, coat.line());
    canvas.fill(
        Forms.polygon(
            x - 1.4 + lean, 0, x - 1.3 + lean, -1.9, x + 1.4 + lean, -1.9, x + 1.7 + lean, 0),
        coat.dark());
  }
}
