package io.darkroom.training.scenery;

import java.awt.Paint;
import java.awt.Shape;
import java.awt.geom.Rectangle2D;

/**
 * The paints for one object under the light of its scene.
 *
 * @param colour its main colour
 * @param light the scene's light
 * @param lightSide -1 when light comes from the left of the drawing, 1 from its right
 */
record Coat(Colour colour, Light light, int lightSide) {

  /** The main colour. */
  Pigment base() {
    return light.on(colour.pigment());
  }

  /** A colour that does not depend on the main one. */
  Pigment of(int rgb) {
    return light.on(rgb);
  }

  Pigment lit() {
    return lit(base());
  }

  Pigment shade() {
    return shade(base());
  }

  /** The outline of what has the main colour. */
  Pigment line() {
    return switch (colour) {
      case WHITE -> light.on(0x6E7A92);
      case BLACK -> light.timeOfDay() == TimeOfDay.NIGHT ? light.on(0x6A7088) : light.on(0x14151B);
      default -> base().mixed(Pigment.of(0x1A1420), 0.52);
    };
  }

  Pigment lit(Pigment pigment) {
    return pigment.mixed(Pigment.of(0xFFF6DC), 0.24 * light.contrast());
  }

  Pigment shade(Pigment pigment) {
    double dark = colour == Colour.BLACK ? 0.34 : 0.3;
    return pigment.mixed(Pigment.of(0x2A2A5C), dark * light.contrast());
  }

  Pigment slate() {
    return of(0x56607A);
  }

  Pigment wood() {
    return of(0x7A4E2D);
  }

  Pigment cream() {
    return of(0xF6EAD0);
  }

  Pigment dark() {
    return of(0x2E2A3A);
  }

  Pigment metal() {
    return of(0xC3CAD6);
  }

  /** Windows: sky by day, a warm lamp later. */
  Pigment glass() {
    return light.lampsAreLit() ? Pigment.of(0xFFDF75) : Pigment.of(0xBFE3F5);
  }

  /** The main colour over the width of a shape from its lit to its dark side. */
  Paint across(Shape shape) {
    return across(shape, base());
  }

  /** A colour over the width of a shape from its lit to its dark side. */
  Paint across(Shape shape, Pigment pigment) {
    Rectangle2D box = shape.getBounds2D();
    double lit = lightSide > 0 ? box.getMaxX() : box.getMinX();
    double dark = lightSide > 0 ? box.getMinX() : box.getMaxX();
    if (box.getWidth() < 1e-6) {
      return pigment.opaque();
    }
    return Canvas.rightward(lit, dark, lit(pigment), pigment, shade(pigment));
  }

  /** The main colour over the height of a shape, lit from above. */
  Paint down(Shape shape) {
    return down(shape, base());
  }

  /** A colour over the height of a shape, lit from above. */
  Paint down(Shape shape, Pigment pigment) {
    return Canvas.downward(shape, lit(pigment), pigment, shade(pigment));
  }

  /** Fills a shape over its width and draws its outline. */
  void body(Canvas canvas, Shape shape) {
    canvas.fill(shape, across(shape));
    canvas.outline(shape, line());
  }

  /** The same in another colour, with a darker outline of its own. */
  void body(Canvas canvas, Shape shape, Pigment pigment) {
    canvas.fill(shape, across(shape, pigment));
    canvas.outline(shape, pigment.mixed(Pigment.of(0x1A1420), 0.5));
  }

  /** A window with a bright upper corner. */
  void window(Canvas canvas, Shape shape) {
    Pigment glass = glass();
    canvas.fill(shape, Canvas.downward(shape, glass.lighter(0.35), glass));
    canvas.outline(shape, line());
  }
}
