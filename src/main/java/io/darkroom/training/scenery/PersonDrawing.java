package io.darkroom.training.scenery;

import java.awt.Shape;

/** A person in a coat and a hat of its colour. */
final class PersonDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Pigment skin = coat.of(detail.oneOf(0xF6CDA8, 0xE0A878, 0xA8714A, 0x7A4C32));
    Pigment hair = coat.of(detail.oneOf(0x3A2A22, 0x6A4326, 0xC89A4C, 0x2A2A30));
    double wave = detail.around(0, 1.6);
    Pigment trousers = coat.of(0x46506A);
    for (int side = -1; side <= 1; side += 2) {
      Shape leg = Forms.box(side * 1.9 - 1.5, -10, side * 1.9 + 1.5, -1);
      coat.body(canvas, leg, trousers);
      Shape shoe = Forms.roundBox(side * 2.2 - 2, -2.2, side * 2.2 + 2, 0, 1);
      canvas.fill(shoe, coat.dark());
    }
    Shape rearArm = Forms.limb(2.8, -3.6, -18.4, -5.6, -14, -5.4, -10.6);
    coat.body(canvas, rearArm);
    canvas.fill(Forms.disc(-5.4, -9.6, 1.3), skin);
    Shape frontArm = Forms.limb(2.8, 3.6, -18.4, 6, -17.4 + wave, 6.4, -21 + wave);
    coat.body(canvas, frontArm);
    canvas.fill(Forms.disc(6.5, -22.3 + wave, 1.35), skin);
    Shape jacket =
        Forms.blob(
            -4.2, -19.6, 0, -20.6, 4.2, -19.6, 4.8, -13, 5.8, -7.6, 0, -6.8, -5.8, -7.6, -4.8, -13);
    coat.body(canvas, jacket);
    canvas.trace(Forms.openLine(0, -19, 0, -7.4), coat.line().withOpacity(0.7), 0.5);
    canvas.tint(Forms.disc(1, -16, 0.5), coat.cream());
    canvas.tint(Forms.disc(1, -12.6, 0.5), coat.cream());
    canvas.fill(Forms.box(-1.2, -21.6, 1.2, -19.6), skin.darker(0.12));
    Shape back = Forms.disc(0, -25.2, 4.3);
    canvas.fill(back, hair);
    Shape face = Forms.ellipse(0, -24.6, 3.5, 3.9);
    canvas.fill(face, coat.across(face, skin));
    canvas.outline(face, skin.mixed(Pigment.of(0x2A1A1C), 0.5));
    canvas.tint(Forms.disc(-1.3, -24.6, 0.5), Pigment.of(0x1C1820));
    canvas.tint(Forms.disc(1.3, -24.6, 0.5), Pigment.of(0x1C1820));
    canvas.trace(
        Forms.curve(-1.2, -22.8, 0, -22.2, 1.2, -22.8), Pigment.of(0x7A3434).opaque(), 0.45);
    Shape scarf = Forms.roundBox(-3.3, -21.4, 3.3, -19.4, 0.9);
    coat.body(canvas, scarf, coat.cream());
    Shape hat =
        Forms.union(Forms.arch(0, -31.4, 3.6, -27), Forms.roundBox(-5.2, -28, 5.2, -26.4, 0.7));
    coat.body(canvas, hat);
  }
}
