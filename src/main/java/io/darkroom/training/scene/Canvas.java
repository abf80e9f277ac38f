package io.darkroom.training.scene;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.LinearGradientPaint;
import java.awt.Paint;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/**
 * A square surface to paint on. Its x goes right and its y down from 0 to 100 whatever the size in
 * pixels, so that every length is a percentage of the width.
 */
final class Canvas implements AutoCloseable {

  static final double SIDE = 100;

  /** The width of an outline: two pixels at 128 pixels. */
  static final double LINE = 1.6;

  private final Graphics2D graphics;

  private Canvas(Graphics2D graphics) {
    this.graphics = graphics;
  }

  static Canvas over(BufferedImage image) {
    Graphics2D graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.scale(image.getWidth() / SIDE, image.getHeight() / SIDE);
    return new Canvas(graphics);
  }

  /** A view of this canvas with the origin at the point and all lengths scaled; close it. */
  Canvas at(double x, double y, double scale) {
    Graphics2D moved = (Graphics2D) graphics.create();
    moved.translate(x, y);
    moved.scale(scale, scale);
    return new Canvas(moved);
  }

  void fill(Shape shape, Paint paint) {
    graphics.setPaint(paint);
    graphics.fill(shape);
  }

  void fill(Shape shape, Pigment pigment) {
    fill(shape, pigment.opaque());
  }

  void fillEverything(Paint paint) {
    fill(new Rectangle2D.Double(0, 0, SIDE, SIDE), paint);
  }

  void stroke(Shape shape, Color color, double width) {
    graphics.setPaint(color);
    graphics.setStroke(
        new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(shape);
  }

  void outline(Shape shape, Pigment pigment) {
    stroke(shape, pigment.opaque(), LINE);
  }

  void line(double x1, double y1, double x2, double y2, Color color, double width) {
    stroke(new Line2D.Double(x1, y1, x2, y2), color, width);
  }

  /** A soft disc, in its colour at the middle and gone at the edge. */
  void glow(double x, double y, double radius, Pigment pigment, double opacity) {
    Paint paint =
        new RadialGradientPaint(
            new Point2D.Double(x, y),
            (float) radius,
            new float[] {0, 0.35f, 1},
            new Color[] {
              pigment.withOpacity(opacity),
              pigment.withOpacity(opacity * 0.7),
              pigment.withOpacity(0)
            });
    fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius), paint);
  }

  /** A gradient down from one height to another through evenly spaced colours. */
  static Paint downward(double fromY, double toY, Pigment... pigments) {
    return gradient(new Point2D.Double(0, fromY), new Point2D.Double(0, toY), pigments);
  }

  /** A gradient to the right from one place to another through evenly spaced colours. */
  static Paint rightward(double fromX, double toX, Pigment... pigments) {
    return gradient(new Point2D.Double(fromX, 0), new Point2D.Double(toX, 0), pigments);
  }

  private static Paint gradient(Point2D from, Point2D to, Pigment... pigments) {
    float[] fractions = new float[pigments.length];
    Color[] colors = new Color[pigments.length];
    for (int i = 0; i < pigments.length; i++) {
      fractions[i] = i / (float) (pigments.length - 1);
      colors[i] = pigments[i].opaque();
    }
    return new LinearGradientPaint(from, to, fractions, colors);
  }

  @Override
  public void close() {
    graphics.dispose();
  }
}
