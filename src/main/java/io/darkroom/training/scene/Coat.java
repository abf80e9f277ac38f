package io.darkroom.training.scene;

import java.awt.Paint;

/**
 * The paints for one object under the light of its scene.
 *
 * @param base the main colour
 * @param lit the main colour where light falls
 * @param shade the main colour turned away from the light
 * @param line the outline of what has the main colour
 * @param slate roofs and tyres
 * @param wood trunks, masts, doors and baskets
 * @param glass windows, shining at night
 * @param cream the sails of a mill
 * @param lightSide -1 when light comes from the left, 1 from the right
 */
record Coat(
    Pigment base,
    Pigment lit,
    Pigment shade,
    Pigment line,
    Pigment slate,
    Pigment wood,
    Pigment glass,
    Pigment cream,
    int lightSide) {

  static Coat of(Colour colour, TimeOfDay time, int lightSide) {
    Pigment base = base(colour, time);
    Pigment shade =
        colour == Colour.WHITE ? base.mixed(Pigment.of(0x7C8AA8), 0.28) : base.darker(0.2);
    Pigment line =
        colour == Colour.WHITE ? base.mixed(Pigment.of(0x3C4864), 0.6) : base.darker(0.45);
    return new Coat(
        base,
        base.lighter(0.14),
        shade,
        line,
        underLight(Pigment.of(0x5B6478), time),
        underLight(Pigment.of(0x7A4E2D), time),
        time == TimeOfDay.DAY ? Pigment.of(0xCFEAF7) : Pigment.of(0xFFE27A),
        underLight(Pigment.of(0xF3E6CB), time),
        lightSide);
  }

  /** The main colour from its lit to its shaded side, for a thing with the middle at x = 0. */
  Paint rounded(double halfWidth) {
    return Canvas.rightward(halfWidth * lightSide, -halfWidth * lightSide, lit, base, shade);
  }

  /** White would soon look grey, so that it is tinted less than the others. */
  private static Pigment base(Colour colour, TimeOfDay time) {
    Pigment tinted = underLight(colour.pigment(), time);
    return colour == Colour.WHITE ? tinted.mixed(colour.pigment(), 0.4) : tinted;
  }

  /** Light tints only: each colour must keep its name. */
  private static Pigment underLight(Pigment pigment, TimeOfDay time) {
    return switch (time) {
      case DAY -> pigment;
      case SUNSET -> pigment.mixed(Pigment.of(0xC8563C), 0.08);
      case NIGHT -> pigment.mixed(Pigment.of(0x1C2454), 0.13);
    };
  }
}
