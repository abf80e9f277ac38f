package io.darkroom.training.scenery;

import java.awt.Shape;

/** A tree with a round coloured crown. */
final class TreeDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Shape trunk =
        Forms.union(
            Forms.blob(-5, 0.3, -2.6, -3, -2, -10, -2.2, -20, 2.2, -20, 2, -10, 2.6, -3, 5, 0.3),
            Forms.limb(1.8, 0, -12, 5, -20),
            Forms.limb(1.6, 0, -14, -5, -21));
    coat.body(canvas, trunk, coat.wood());
    double sway = detail.around(0, 1);
    double wide = detail.around(1, 0.06);
    Shape crown =
        Forms.union(
            Forms.disc(-8.6 * wide, -19.5 + sway, 6.2),
            Forms.disc(8.6 * wide, -19.5 - sway, 6.2),
            Forms.disc(-8 * wide, -27 - sway, 6.6),
            Forms.disc(8 * wide, -27.5 + sway, 6.4),
            Forms.disc(sway, -32.5, 7.4),
            Forms.disc(0, -23, 9));
    canvas.fill(crown, coat.across(crown));
    int side = coat.lightSide();
    Shape low =
        Forms.union(
            Forms.disc(-5 - side * 3, -17.5 + sway, 4.6),
            Forms.disc(3 - side * 3, -17 - sway, 4.2),
            Forms.disc(-side * 8.5, -23, 4.2));
    canvas.tint(Forms.common(low, crown), coat.shade().withOpacity(0.75));
    Pigment bright = coat.lit(coat.lit());
    canvas.tint(
        Forms.union(
            Forms.disc(side * 4, -33, 3.6),
            Forms.disc(side * 8.2, -27.4, 3.2),
            Forms.disc(side * 1.2, -27, 2.6)),
        bright.withOpacity(0.7));
    canvas.outline(crown, coat.line());
  }
}
