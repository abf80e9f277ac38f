package io.darkroom.training.scenery;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Path2D;

/** Paints mountains, the forest, the ground, the hill, water and its shore. */
final class LandPainter {

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;
  private final double width;

  LandPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
    this.width = layout.width();
  }

  void paint(Surfaces surfaces) {
    Detail detail = Detail.of(scene, Detail.Part.LAND);
    switch (scene.terrain()) {
      case MOUNTAINS -> paintMountains(surfaces.of(Label.MOUNTAIN), detail);
      case FOREST -> paintForest(surfaces.of(Label.FOREST), detail);
      case FLAT, HILL -> {}
    }
    Canvas ground = surfaces.of(Label.of(scene.ground()));
    if (scene.terrain() == Terrain.HILL) {
      paintHills(ground, detail);
    } else {
      ground.fill(
          Forms.box(0, layout.horizon(), width, Canvas.HEIGHT),
          Canvas.downward(
              layout.horizon(), Canvas.HEIGHT, palette.groundFar(), palette.groundNear()));
    }
    if (scene.ground() == Ground.WATER) {
      paintGlints(ground);
      paintWaves(ground, detail);
      if (layout.shore() < Canvas.HEIGHT) {
        paintShore(surfaces.of(Label.SAND), detail);
      }
    } else {
      paintMarks(ground, detail);
    }
  }

  private void paintMountains(Canvas canvas, Detail detail) {
    int peaks = (int) Math.round(width / 25);
    double cell = width / (peaks - 1);
    for (int i = 0; i < peaks; i++) {
      paintMountain(canvas, detail, detail.around(cell * i, 4), detail.around(36, 3.5), 0.4);
    }
    for (int i = 0; i < peaks - 1; i++) {
      paintMountain(canvas, detail, detail.around(cell * (i + 0.5), 5), detail.around(42, 3), 0);
    }
  }

  private void paintMountain(Canvas canvas, Detail detail, double x, double peak, double haze) {
    double foot = layout.horizon() + 1;
    double height = foot - peak;
    double half = height * detail.around(0.98, 0.08);
    double side = layout.celestialX() < x ? 1 : -1;
    Pigment dark = palette.mountain().mixed(palette.skyHorizon(), haze);
    Pigment lit = dark.mixed(palette.mountainCap(), 0.3);
    Pigment base = dark.mixed(palette.skyHorizon(), 0.35);
    Shape whole = Forms.polygon(x - half, foot, x, peak, x + half, foot);
    canvas.fill(whole, Canvas.downward(peak, foot, lit, lit.mixed(base, 0.8)));
    Shape shaded =
        Forms.polygon(
            x,
            peak,
            x + side * half,
            foot,
            x - side * half * 0.05,
            foot,
            x + side * half * 0.2,
            foot - height * 0.3,
            x + side * half * 0.04,
            foot - height * 0.55);
    canvas.fill(shaded, Canvas.downward(peak, foot, dark, base));
    double cap = height * 0.38;
    double capHalf = half * 0.38;
    Shape snow =
        Forms.polygon(
            x,
            peak,
            x + capHalf,
            peak + cap,
            x + capHalf * 0.5,
            peak + cap * 0.72,
            x + capHalf * 0.12,
            peak + cap * 1.12,
            x - capHalf * 0.4,
            peak + cap * 0.74,
            x - capHalf,
            peak + cap);
    Pigment white = palette.mountainCap().mixed(palette.skyHorizon(), haze * 0.5);
    canvas.fill(snow, white);
    canvas.tint(Forms.common(snow, shaded), dark.mixed(white, 0.5));
  }

  private void paintForest(Canvas canvas, Detail detail) {
    int firs = (int) Math.round(width / 8.5);
    double cell = width / firs;
    for (int i = 0; i <= firs; i++) {
      paintFir(canvas, detail, cell * i, detail.around(20, 2.5), 0.35);
    }
    for (int i = 0; i < firs; i++) {
      paintFir(canvas, detail, cell * (i + 0.5), detail.around(15, 2.5), 0);
    }
  }

  private void paintFir(Canvas canvas, Detail detail, double x, double height, double haze) {
    double middle = detail.around(x, 1);
    double foot = layout.horizon() + 1.5;
    double half = height * 0.3;
    Pigment dark = palette.fir().mixed(palette.skyHorizon(), haze);
    Shape fir =
        Forms.polygon(
            middle,
            foot - height,
            middle + half * 0.55,
            foot - height * 0.62,
            middle + half * 0.32,
            foot - height * 0.62,
            middle + half * 0.8,
            foot - height * 0.32,
            middle + half * 0.5,
            foot - height * 0.32,
            middle + half,
            foot,
            middle - half,
            foot,
            middle - half * 0.5,
            foot - height * 0.32,
            middle - half * 0.8,
            foot - height * 0.32,
            middle - half * 0.32,
            foot - height * 0.62,
            middle - half * 0.55,
            foot - height * 0.62);
    Pigment lit = dark.mixed(palette.mountainCap(), scene.ground() == Ground.SNOW ? 0.35 : 0.14);
    int side = layout.celestialX() < middle ? -1 : 1;
    canvas.fill(fir, Canvas.rightward(middle + side * half, middle - side * half, lit, dark, dark));
  }

  /** Two soft rows of hills behind the one on which the objects stand. */
  private void paintHills(Canvas canvas, Detail detail) {
    double y = layout.horizon();
    Pigment far = palette.groundFar().mixed(palette.skyHorizon(), 0.35);
    Pigment middle = palette.groundFar().mixed(palette.groundMark(), 0.35);
    canvas.fill(
        wavy(y - 4, 3.5, detail.around(0, 3), width * 0.62),
        Canvas.downward(y - 8, y + 10, far, far.mixed(palette.groundMark(), 0.25)));
    canvas.fill(
        wavy(y + 3, 3, detail.around(2, 3), width * 0.8),
        Canvas.downward(y, Canvas.HEIGHT, middle, palette.groundMark()));
    Layout.Hill hill = layout.hill();
    Path2D near = new Path2D.Double();
    near.moveTo(0, Canvas.HEIGHT);
    for (double x = 0; x <= width; x += width / 40) {
      near.lineTo(x, hill.surface(x));
    }
    near.lineTo(width, Canvas.HEIGHT);
    near.closePath();
    Pigment top = palette.groundFar().mixed(palette.groundNear(), 0.3).lighter(0.12);
    canvas.fill(near, Canvas.downward(hill.top(), Canvas.HEIGHT, top, palette.groundNear()));
    canvas.trace(near, palette.groundMark().withOpacity(0.6), Canvas.LINE);
  }

  private Shape wavy(double y, double swell, double phase, double length) {
    Path2D path = new Path2D.Double();
    path.moveTo(0, Canvas.HEIGHT);
    for (double x = 0; x <= width; x += width / 40) {
      path.lineTo(x, y - swell * Math.sin(phase + 2 * Math.PI * x / length));
    }
    path.lineTo(width, Canvas.HEIGHT);
    path.closePath();
    return path;
  }

  /** The path of light on water below the sun or moon. */
  private void paintGlints(Canvas canvas) {
    if (scene.celestial() == Celestial.NONE) {
      return;
    }
    Color glint =
        Pigment.of(scene.celestial() == Celestial.SUN ? 0xFFE9A0 : 0xF3EDCB).withOpacity(0.6);
    double x = layout.celestialX();
    for (int i = 0; i < 7; i++) {
      double half = 2.5 + 0.9 * i + (i % 2 == 0 ? 1.8 : 0);
      double y = layout.horizon() + 1.6 + 2.2 * i + 0.4 * i * i;
      canvas.tint(Forms.ellipse(x, y, half, 0.4 + 0.07 * i), glint);
    }
  }

  private void paintWaves(Canvas canvas, Detail detail) {
    Color color = palette.groundMark().withOpacity(0.5);
    int columns = (int) Math.round(width / 30);
    double cell = width / columns;
    for (int row = 0; row < 4; row++) {
      double y = layout.horizon() + 4 + 5 * row + 1.6 * row * row;
      double half = 3.4 + 1.3 * row;
      for (int column = 0; column < columns; column++) {
        double x = detail.around(cell * (column + 0.3 + 0.45 * (row % 2)), 5);
        canvas.trace(wave(x, detail.around(y, 1), half), color, 0.45 + 0.09 * row);
      }
    }
  }

  private static Shape wave(double x, double y, double half) {
    double rise = half * 0.3;
    return Forms.curve(
        x - half, y, x - half / 2, y - rise, x, y, x + half / 2, y - rise, x + half, y);
  }

  /** Sand with a line of foam. */
  private void paintShore(Canvas canvas, Detail detail) {
    double phase = detail.around(0, 3);
    double y = layout.shore();
    Pigment near = palette.shore().mixed(Pigment.of(0x8E5E36), 0.2);
    Pigment foam = palette.groundMark().lighter(0.4);
    canvas.tint(wavy(y - 1.3, 0.8, phase + 0.4, width * 0.7), foam.withOpacity(0.45));
    canvas.fill(wavy(y, 0.9, phase, width * 0.6), foam);
    canvas.fill(
        wavy(y + 1.1, 0.9, phase, width * 0.6),
        Canvas.downward(y, Canvas.HEIGHT, palette.shore().darker(0.1), palette.shore(), near));
    paintPebbles(canvas, detail, near.darker(0.25));
  }

  private void paintPebbles(Canvas canvas, Detail detail, Pigment pigment) {
    int pebbles = (int) Math.round(width / 20);
    for (int i = 0; i < pebbles; i++) {
      double x = detail.around(width * (i + 0.5) / pebbles, 8);
      double y = detail.around(95, 3);
      double radius = detail.around(0.9, 0.3);
      canvas.tint(Forms.ellipse(x, y, radius * 1.4, radius), pigment.withOpacity(0.8));
      canvas.tint(
          Forms.ellipse(x - 0.3, y - 0.3, radius * 0.7, radius * 0.4),
          Pigment.WHITE.withOpacity(0.3));
    }
  }

  /** Tufts of grass with blossoms, ripples of sand, drifts of snow. */
  private void paintMarks(Canvas canvas, Detail detail) {
    double top = scene.terrain() == Terrain.HILL ? 86 : layout.horizon() + 8;
    int columns = (int) Math.round(width / 25);
    double cell = width / columns;
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < columns; column++) {
        double x = detail.around(cell * (column + 0.3 + 0.4 * (row % 2)), cell * 0.28);
        double y = detail.around(top + (97 - top) * (row + 0.4) / 2.6, 2.2);
        double scale = 0.7 + 0.6 * (y - 60) / 40;
        paintMark(canvas.transformed(ObjectPainter.placed(x, y, scale, detail.side())), detail);
      }
    }
  }

  private void paintMark(Canvas canvas, Detail detail) {
    Color color = palette.groundMark().withOpacity(0.8);
    switch (scene.ground()) {
      case GRASS -> {
        canvas.trace(Forms.curve(-1.7, -2.3, -0.8, -1.2, -0.4, 0), color, 0.6);
        canvas.trace(Forms.openLine(0, -3, 0, 0), color, 0.6);
        canvas.trace(Forms.curve(1.8, -2.2, 0.9, -1.2, 0.4, 0), color, 0.6);
        if (detail.random().nextInt(3) == 0) {
          int rgb = detail.oneOf(0xFFFFFF, 0xFFE070);
          Pigment petals = Light.of(scene).on(rgb);
          canvas.tint(Forms.disc(3.2, -1.2, 0.85), petals);
        }
      }
      case SAND -> {
        canvas.trace(Forms.curve(-6, 0.5, -2, -0.9, 2, 0.4, 6, -0.3), color, 0.55);
        if (detail.random().nextInt(4) == 0) {
          canvas.tint(Forms.ellipse(3, 2.4, 1.2, 0.8), palette.groundMark());
        }
      }
      case SNOW -> {
        Color shade = palette.groundMark().withOpacity(0.4);
        canvas.tint(Forms.blob(-7, 0.6, -2, -1.3, 3, -0.6, 7, 0.6, 2, 0.5, -3, 0.2), shade);
      }
      case WATER -> throw new IllegalStateException("water has waves");
    }
  }
}
