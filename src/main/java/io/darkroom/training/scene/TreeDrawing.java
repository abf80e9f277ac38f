package io.darkroom.training.scene;

import java.awt.Shape;

/** A tree with a round coloured crown. */
final class TreeDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Shape trunk = Forms.polygon(-5, 0, -2.8, -18, 2.8, -18, 5, 0);
    canvas.fill(trunk, coat.wood());
    canvas.outline(trunk, coat.wood().darker(0.35));
    double side = detail.around(0, 1.5);
    Shape crown =
        Forms.union(
            Forms.disc(-9.5, -20 + side, detail.around(9.5, 0.8)),
            Forms.disc(9.5, -20 - side, detail.around(9.5, 0.8)),
            Forms.disc(-7, -30 - side, detail.around(9.5, 0.8)),
            Forms.disc(7, -30 + side, detail.around(9.5, 0.8)),
            Forms.disc(0, -35, detail.around(8.5, 0.8)),
            Forms.disc(0, -24, 11));
    canvas.fill(crown, coat.rounded(20));
    canvas.fill(Forms.disc(coat.lightSide() * 7, -31, 4.5), coat.base().lighter(0.22));
    canvas.fill(Forms.disc(coat.lightSide() * -6, -21, 4), coat.shade());
    canvas.outline(crown, coat.line());
  }
}
