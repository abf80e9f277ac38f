package io.darkroom.training.scenery;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.LinearGradientPaint;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;

/**
 * A surface to draw on. Its y goes down from 0 to 100 whatever the picture's height, and a unit to
 * the right is as long as a unit down.
 */
final class Canvas {

  static final double HEIGHT = 100;

  /** The width of an outline. */
  static final double LINE = 0.75;

  private final Brush brush;
  private final AffineTransform transform;

  private Canvas(Brush brush, AffineTransform transform) {
    this.brush = brush;
    this.transform = transform;
  }

  /** A canvas over a picture of that many pixels from top to bottom. */
  static Canvas over(Brush brush, int pixels) {
    double scale = pixels / HEIGHT;
    return new Canvas(brush, AffineTransform.getScaleInstance(scale, scale));
  }

  /** The same surface for another brush. */
  Canvas with(Brush other) {
    return new Canvas(other, transform);
  }

  /** The same surface in other coordinates. */
  Canvas transformed(AffineTransform inner) {
    AffineTransform all = new AffineTransform(transform);
    all.concatenate(inner);
    return new Canvas(brush, all);
  }

  void fill(Shape shape, Paint paint) {
    brush.fill(shape, paint, transform);
  }

  void fill(Shape shape, Pigment pigment) {
    fill(shape, pigment.opaque());
  }

  void tint(Shape shape, Paint paint) {
    brush.tint(shape, paint, transform);
  }

  void tint(Shape shape, Pigment pigment) {
    tint(shape, pigment.opaque());
  }

  /** Draws along a shape; a part of the thing. */
  void stroke(Shape shape, Color color, double width) {
    fill(stroked(shape, width), color);
  }

  /** Draws along a shape; an ornament. */
  void trace(Shape shape, Color color, double width) {
    tint(stroked(shape, width), color);
  }

  void outline(Shape shape, Pigment pigment) {
    stroke(shape, pigment.opaque(), LINE);
  }

  void line(double x1, double y1, double x2, double y2, Color color, double width) {
    stroke(new Line2D.Double(x1, y1, x2, y2), color, width);
  }

  private static Shape stroked(Shape shape, double width) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND)
        .createStrokedShape(shape);
  }

  /** A soft disc, in its colour at the middle and gone at the edge. */
  void glow(double x, double y, double radius, Pigment pigment, double opacity) {
    Paint paint =
        new RadialGradientPaint(
            new Point2D.Double(x, y),
            (float) radius,
            new float[] {0, 0.4f, 1},
            new Color[] {
              pigment.withOpacity(opacity),
              pigment.withOpacity(opacity * 0.5),
              pigment.withOpacity(0)
            });
    tint(Forms.disc(x, y, radius), paint);
  }

  /** A gradient down from one height to another through evenly spaced colours. */
  static Paint downward(double fromY, double toY, Pigment... pigments) {
    return gradient(new Point2D.Double(0, fromY), new Point2D.Double(0, toY), opaque(pigments));
  }

  /** A gradient to the right from one place to another through evenly spaced colours. */
  static Paint rightward(double fromX, double toX, Pigment... pigments) {
    return gradient(new Point2D.Double(fromX, 0), new Point2D.Double(toX, 0), opaque(pigments));
  }

  /** A gradient down over the height of a shape. */
  static Paint downward(Shape shape, Pigment... pigments) {
    Rectangle2D box = shape.getBounds2D();
    return downward(box.getMinY(), box.getMaxY(), pigments);
  }

  /** A gradient from one point to another through evenly spaced colours. */
  static Paint gradient(Point2D from, Point2D to, Color... colors) {
    float[] fractions = new float[colors.length];
    for (int i = 0; i < colors.length; i++) {
      fractions[i] = i / (float) (colors.length - 1);
    }
    return new LinearGradientPaint(from, to, fractions, colors);
  }

  private static Color[] opaque(Pigment... pigments) {
    Color[] colors = new Color[pigments.length];
    for (int i = 0; i < pigments.length; i++) {
      colors[i] = pigments[i].opaque();
    }
    return colors;
  }
}
