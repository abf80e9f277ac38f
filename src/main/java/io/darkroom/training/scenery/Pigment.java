package io.darkroom.training.scenery;

import java.awt.Color;

/** An opaque sRGB colour with channels from 0 to 255 that can be mixed like paint. */
record Pigment(int red, int green, int blue) {

  static final Pigment WHITE = of(0xFFFFFF);

  static final Pigment BLACK = of(0x000000);

  static Pigment of(int rgb) {
    return new Pigment(rgb >> 16 & 0xFF, rgb >> 8 & 0xFF, rgb & 0xFF);
  }

  /** This colour with a share from 0 to 1 of it replaced by another. */
  Pigment mixed(Pigment other, double share) {
    return new Pigment(
        blend(red, other.red, share),
        blend(green, other.green, share),
        blend(blue, other.blue, share));
  }

  /** This colour seen through a filter: each channel times the filter's channel / 255. */
  Pigment filtered(Pigment filter) {
    return new Pigment(
        red * filter.red / 255, green * filter.green / 255, blue * filter.blue / 255);
  }

  Pigment lighter(double share) {
    return mixed(WHITE, share);
  }

  Pigment darker(double share) {
    return mixed(BLACK, share);
  }

  Color opaque() {
    return new Color(red, green, blue);
  }

  /** The colour with an opacity from 0, unseen, to 1, opaque. */
  Color withOpacity(double opacity) {
    return new Color(red, green, blue, (int) Math.round(255 * opacity));
  }

  private static int blend(int from, int to, double share) {
    return (int) Math.round(from + (to - from) * share);
  }
}
