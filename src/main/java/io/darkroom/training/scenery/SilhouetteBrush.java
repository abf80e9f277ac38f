package io.darkroom.training.scenery;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;

/** Fills the shapes of things with one colour and leaves everything else out. */
final class SilhouetteBrush implements Brush {

  private final Graphics2D graphics;

  private SilhouetteBrush(BufferedImage image, Color color, Object smoothing) {
    graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, smoothing);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setColor(color);
  }

  /** With smooth edges, for shadows. */
  static SilhouetteBrush smooth(BufferedImage image, Color color) {
    return new SilhouetteBrush(image, color, RenderingHints.VALUE_ANTIALIAS_ON);
  }

  /** Each pixel has the label or keeps what it has. */
  static SilhouetteBrush label(BufferedImage image, int label) {
    return new SilhouetteBrush(image, new Color(label), RenderingHints.VALUE_ANTIALIAS_OFF);
  }

  @Override
  public void fill(Shape shape, Paint paint, AffineTransform transform) {
    graphics.setTransform(transform);
    graphics.fill(shape);
  }

  @Override
  public void tint(Shape shape, Paint paint, AffineTransform transform) {}
}
