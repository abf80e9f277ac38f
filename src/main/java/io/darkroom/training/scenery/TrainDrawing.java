package io.darkroom.training.scenery;

import java.awt.Shape;

/** A steam locomotive on a piece of track. */
final class TrainDrawing implements Drawing {

  @Override
  public void paint(Canvas canvas, Coat coat, Detail detail) {
    Pigment smoke = coat.of(0xE9EDF4);
    double drift = detail.around(0, 0.8);
    canvas.tint(Forms.disc(9.2 + drift, -25, 2), smoke.withOpacity(0.8));
    canvas.tint(Forms.disc(5.6 + drift, -28, 2.8), smoke.withOpacity(0.65));
    canvas.tint(Forms.disc(0.4 + drift, -31, 3.6), smoke.withOpacity(0.5));
    canvas.fill(Forms.roundBox(-18.6, -0.9, 18.6, 0.3, 0.5), coat.of(0x6B6470));
    for (double x = -16; x <= 16; x += 6.4) {
      canvas.fill(Forms.box(x - 1.4, -0.2, x + 1.4, 1.1), coat.wood());
    }
    Shape chassis = Forms.box(-16.6, -7, 15, -4);
    canvas.fill(chassis, coat.dark());
    Shape catcher = Forms.polygon(14, -6.5, 15, -4.5, 18.4, -1.2, 12.6, -1.2);
    coat.body(canvas, catcher, coat.slate());
    Shape chimney = Forms.polygon(8.4, -16, 7.6, -22.6, 12.2, -22.6, 11.4, -16);
    coat.body(canvas, chimney, coat.slate());
    coat.body(canvas, Forms.roundBox(6.9, -23.6, 12.9, -21.9, 0.6), coat.slate());
    Shape dome = Forms.arch(0.6, -20, 2.6, -15);
    coat.body(canvas, dome, coat.of(0xE2B04A));
    Shape boiler = Forms.roundBox(-8, -17.4, 14.6, -6.4, 2.4);
    canvas.fill(boiler, coat.down(boiler));
    canvas.outline(boiler, coat.line());
    canvas.tint(Forms.roundBox(-6, -16, 12.8, -15, 0.5), Pigment.WHITE.withOpacity(0.35));
    canvas.trace(Forms.openLine(-1.6, -17, -1.6, -6.8), coat.of(0xE2B04A).opaque(), 0.8);
    canvas.trace(Forms.openLine(5.6, -17, 5.6, -6.8), coat.of(0xE2B04A).opaque(), 0.8);
    Shape face = Forms.roundBox(13.2, -16.6, 15.6, -7.2, 1);
    coat.body(canvas, face, coat.slate());
    Shape cab = Forms.box(-17, -21.6, -6.6, -5);
    canvas.fill(cab, coat.down(cab));
    canvas.outline(cab, coat.line());
    coat.window(canvas, Forms.roundBox(-14.4, -18.6, -9.4, -12.4, 0.6));
    coat.body(canvas, Forms.roundBox(-18.4, -23.4, -5.4, -21, 0.9), coat.slate());
    Shape lamp = Forms.disc(15.6, -18.2, 1.7);
    canvas.fill(lamp, Pigment.of(0xFFF0A8));
    canvas.outline(lamp, coat.dark());
    if (coat.light().lampsAreLit()) {
      canvas.glow(16, -18.2, 6, Pigment.of(0xFFEFB0), 0.8);
    }
    paintWheel(canvas, coat, -11.6, 4);
    paintWheel(canvas, coat, -1.8, 4);
    paintWheel(canvas, coat, 6, 2.8);
    paintWheel(canvas, coat, 11.8, 2.8);
    canvas.stroke(Forms.openLine(-11.6, -3.8, -1.8, -3.8), coat.metal().opaque(), 1);
  }

  private static void paintWheel(Canvas canvas, Coat coat, double x, double radius) {
    double y = -radius - 0.8;
    Shape wheel = Forms.disc(x, y, radius);
    canvas.fill(wheel, coat.dark());
    Shape ring = Forms.disc(x, y, radius * 0.68);
    canvas.fill(
        ring, coat.across(ring, coat.colour() == Colour.BLACK ? coat.slate() : coat.base()));
    canvas.tint(Forms.disc(x, y, radius * 0.26), coat.dark());
  }
}
