package io.darkroom.training.scene;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Path2D;

/** Paints mountains, the ground and the hill. */
final class LandPainter {

  private static final double SIDE = Canvas.SIDE;

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;

  LandPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
  }

  void paint(Canvas canvas) {
    Detail detail = Detail.of(scene, Detail.Part.LAND);
    if (scene.terrain() == Terrain.MOUNTAINS) {
      paintMountains(canvas, detail);
    }
    paintPlain(canvas);
    if (scene.terrain() == Terrain.HILL) {
      paintHill(canvas);
    }
    if (scene.ground() == Ground.WATER) {
      paintGlints(canvas);
      paintWaves(canvas, detail);
    } else {
      paintMarks(canvas, detail);
    }
  }

  private void paintMountains(Canvas canvas, Detail detail) {
    paintMountain(canvas, detail.around(12, 4), detail.around(36, 2), 30);
    paintMountain(canvas, detail.around(88, 4), detail.around(37, 2), 30);
    paintMountain(canvas, detail.around(50, 4), detail.around(30, 2), 34);
  }

  private void paintMountain(Canvas canvas, double x, double peak, double halfWidth) {
    double foot = layout.horizon() + 1;
    double side = layout.celestialX() < x ? 1 : -1;
    Pigment lit = palette.mountain().mixed(palette.mountainCap(), 0.22);
    canvas.fill(Forms.polygon(x - halfWidth, foot, x, peak, x + halfWidth, foot), lit);
    canvas.fill(
        Forms.polygon(x, peak, x + side * halfWidth, foot, x + side * halfWidth * 0.15, foot),
        palette.mountain());
    double cap = (foot - peak) * 0.36;
    double capHalf = halfWidth * 0.36;
    canvas.fill(
        Forms.polygon(
            x,
            peak,
            x + capHalf,
            peak + cap,
            x + capHalf * 0.4,
            peak + cap * 0.75,
            x,
            peak + cap * 1.15,
            x - capHalf * 0.4,
            peak + cap * 0.75,
            x - capHalf,
            peak + cap),
        palette.mountainCap());
  }

  /** The plain behind a hill is darker, so that the hill stands out. */
  private void paintPlain(Canvas canvas) {
    double contrast = scene.terrain() == Terrain.HILL ? 0.5 : 0;
    Pigment far = palette.groundFar().mixed(palette.groundMark(), contrast);
    Pigment near = palette.groundNear().mixed(palette.groundMark(), contrast);
    canvas.fill(
        Forms.box(0, layout.horizon(), SIDE, SIDE),
        Canvas.downward(layout.horizon(), SIDE, far, near));
  }

  private void paintHill(Canvas canvas) {
    Pigment top = palette.groundFar().mixed(palette.groundNear(), 0.45).lighter(0.08);
    Shape shape = layout.hill().shape();
    canvas.fill(shape, Canvas.downward(layout.hill().top(), SIDE, top, palette.groundNear()));
    canvas.stroke(shape, palette.groundMark().withOpacity(0.55), Canvas.LINE);
  }

  /** The path of light on water below the sun or moon. */
  private void paintGlints(Canvas canvas) {
    if (scene.celestial() == Celestial.NONE) {
      return;
    }
    Color glint =
        Pigment.of(scene.celestial() == Celestial.SUN ? 0xFFE9A0 : 0xF3EDCB).withOpacity(0.65);
    double x = layout.celestialX();
    for (int i = 0; i < 4; i++) {
      double half = 3.5 + 2 * i + (i % 2 == 0 ? 2 : 0);
      double y = layout.horizon() + 4 + 9 * i;
      canvas.line(x - half, y, x + half, y, glint, 2);
    }
  }

  private void paintWaves(Canvas canvas, Detail detail) {
    Color color = palette.groundMark().withOpacity(0.6);
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 2; column++) {
        double x = detail.around(18 + 44 * column + 18 * (row % 2), 6);
        double y = detail.around(layout.horizon() + 10 + 11 * row, 2);
        canvas.stroke(wave(x, y), color, Canvas.LINE);
      }
    }
  }

  private static Shape wave(double x, double y) {
    Path2D path = new Path2D.Double();
    path.moveTo(x - 9, y);
    path.quadTo(x - 4.5, y - 3.4, x, y);
    path.quadTo(x + 4.5, y - 3.4, x + 9, y);
    return path;
  }

  /** Tufts of grass, ripples of sand, folds of snow: in front of the feet of the objects. */
  private void paintMarks(Canvas canvas, Detail detail) {
    Color color = palette.groundMark().withOpacity(0.75);
    for (int i = 0; i < 6; i++) {
      double x = detail.around(12 + 33 * (i % 3) + 9 * (i / 3), 5);
      double y = detail.around(88 + 7 * (i / 3), 1.5);
      canvas.stroke(mark(x, y), color, Canvas.LINE);
    }
  }

  private Shape mark(double x, double y) {
    if (scene.ground() == Ground.GRASS) {
      return Forms.openLine(x - 2.4, y - 3, x, y, x + 0.2, y - 4, x + 0.4, y, x + 2.8, y - 3);
    }
    Path2D path = new Path2D.Double();
    path.moveTo(x - 10, y + 1);
    path.quadTo(x, y - 3, x + 10, y + 1);
    return path;
  }
}
