package io.darkroom.training.scenery;

import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;

/** Paints shapes with smooth edges. */
final class PictureBrush implements Brush {

  private final Graphics2D graphics;

  PictureBrush(BufferedImage image) {
    graphics = image.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.setRenderingHint(
        RenderingHints.KEY_COLOR_RENDERING, RenderingHints.VALUE_COLOR_RENDER_QUALITY);
  }

  @Override
  public void fill(Shape shape, Paint paint, AffineTransform transform) {
    graphics.setTransform(transform);
    graphics.setPaint(paint);
    graphics.fill(shape);
  }

  @Override
  public void tint(Shape shape, Paint paint, AffineTransform transform) {
    fill(shape, paint, transform);
  }
}
