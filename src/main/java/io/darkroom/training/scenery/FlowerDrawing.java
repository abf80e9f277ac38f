package io.darkroom.training.scenery;

import java.awt.Shape;

/** A flower with petals in its colour. */
final class FlowerDrawing implements Drawing {

  private static final int PETALS = 9;
  private static final double HEART = -20;

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Pigment green = coat.of(0x3E8E42);
    double bend = detail.around(0, 0.8);
    Shape stem = Forms.limb(1.5, 0, 0, bend, -8, 0, HEART);
    coat.body(canvas, stem, green);
    Shape left = Forms.blob(0, -2.4, -4, -4.2, -8, -9.4, -3.2, -8.6);
    coat.body(canvas, left, green);
    Shape right = Forms.blob(0, -4, 3.6, -6.2, 7.6, -11.4, 2.8, -10.4);
    coat.body(canvas, right, green);
    double turn = detail.around(0, 15);
    for (int i = 0; i < PETALS; i++) {
      double angle = turn + 360.0 * i / PETALS;
      double x = 5.4 * Math.sin(Math.toRadians(angle));
      double y = HEART - 5.4 * Math.cos(Math.toRadians(angle));
      Shape petal = Forms.ellipse(x, y, 2.25, 3.9, angle);
      double light = coat.lightSide() * Math.sin(Math.toRadians(angle));
      Pigment pigment = coat.base().mixed(light > 0 ? coat.lit() : coat.shade(), Math.abs(light));
      canvas.fill(petal, pigment);
      canvas.outline(petal, coat.line());
    }
    Pigment heart =
        coat.of(
            coat.colour() == Colour.YELLOW || coat.colour() == Colour.ORANGE ? 0x7A4A22 : 0xF7C83C);
    Shape disc = Forms.disc(0, HEART, 3);
    coat.body(canvas, disc, heart);
  }
}
