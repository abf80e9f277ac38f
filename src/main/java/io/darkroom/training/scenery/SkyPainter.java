package io.darkroom.training.scenery;

import java.awt.Shape;

/** Paints the sky with what is in it: stars, the sun or the moon, clouds. */
final class SkyPainter {

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;

  SkyPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
  }

  void paint(Surfaces surfaces) {
    Canvas sky = surfaces.of(Label.SKY);
    sky.fill(
        Forms.box(0, 0, layout.width(), Canvas.HEIGHT),
        Canvas.downward(
            0, layout.horizon(), palette.skyTop(), palette.skyMiddle(), palette.skyHorizon()));
    Detail detail = Detail.of(scene, Detail.Part.SKY);
    if (scene.timeOfDay() == TimeOfDay.NIGHT && scene.weather() == Weather.CLEAR) {
      paintStars(sky, detail);
    }
    if (scene.timeOfDay() == TimeOfDay.SUNSET && scene.weather() != Weather.RAIN) {
      sky.glow(layout.celestialX(), layout.horizon(), 52, Pigment.of(0xFFE3A0), 0.5);
    }
    paintCelestial(surfaces.of(Label.CELESTIAL));
    if (scene.weather() != Weather.CLEAR) {
      paintClouds(surfaces.of(Label.CLOUD), detail);
    }
  }

  /** One star in each cell of a grid, but none where the moon shines. */
  private void paintStars(Canvas canvas, Detail detail) {
    Pigment star = Pigment.of(0xFFF6D8);
    int columns = (int) Math.round(layout.width() / 17);
    double cell = layout.width() / columns;
    for (int i = 0; i < 4 * columns; i++) {
      double x = detail.around(cell * (i % columns + 0.5), cell * 0.42);
      double y = detail.around(6 + 13 * (i / columns), 5.5);
      double radius = detail.around(0.62, 0.22);
      double distance = Math.hypot(x - layout.celestialX(), y - layout.celestialY());
      if (scene.celestial() == Celestial.NONE || distance > Layout.CELESTIAL_RADIUS + 5) {
        if (radius > 0.7) {
          canvas.glow(x, y, radius * 3.2, star, 0.45);
        }
        canvas.tint(Forms.disc(x, y, radius), star);
      }
    }
  }

  private void paintCelestial(Canvas canvas) {
    double x = layout.celestialX();
    double y = layout.celestialY();
    double radius = Layout.CELESTIAL_RADIUS;
    Shape disc = Forms.disc(x, y, radius);
    boolean veiled = scene.weather() == Weather.RAIN || scene.weather() == Weather.SNOWFALL;
    double halo = veiled ? 0.7 : 1;
    switch (scene.celestial()) {
      case NONE -> {}
      case SUN -> {
        Pigment sun = Pigment.of(scene.timeOfDay() == TimeOfDay.DAY ? 0xFFD93B : 0xFFAE35);
        canvas.glow(x, y, radius * 3, sun.lighter(0.35), 0.85 * halo);
        canvas.fill(disc, Canvas.downward(disc, sun.lighter(0.45), sun));
      }
      case FULL_MOON -> {
        Pigment moon = Pigment.of(0xFBF3D0);
        canvas.glow(x, y, radius * 2.7, moon, 0.5 * halo);
        canvas.fill(disc, Canvas.rightward(x - radius, x + radius, moon.lighter(0.4), moon));
        Pigment crater = moon.mixed(Pigment.of(0xA79C7C), 0.38);
        canvas.tint(Forms.disc(x - 2.6, y - 1.8, 1.8), crater);
        canvas.tint(Forms.disc(x + 2.8, y + 1, 1.5), crater);
        canvas.tint(Forms.disc(x - 1, y + 3.6, 1.2), crater);
        canvas.tint(Forms.disc(x + 1.6, y - 4, 1), crater);
      }
      case CRESCENT_MOON -> {
        Pigment moon = Pigment.of(0xFBEFB8);
        canvas.glow(x, y, radius * 2.3, moon, 0.3 * halo);
        Shape shadow = Forms.disc(x + radius * 0.5, y - radius * 0.18, radius * 0.86);
        canvas.fill(Forms.difference(disc, shadow), moon);
      }
    }
  }

  /** Clouds of two sizes, the place nearest to the sun or moon left free. */
  private void paintClouds(Canvas canvas, Detail detail) {
    int clouds = (int) Math.round(layout.width() / 25);
    double cell = layout.width() / clouds;
    boolean heavy = scene.weather() == Weather.RAIN;
    for (int i = 0; i < clouds; i++) {
      double x = detail.around(cell * (i + 0.5), cell * 0.22);
      double y = detail.around(i % 2 == 0 ? 14 : 25, 3);
      double scale = detail.around(i % 2 == 0 ? 1 : 0.72, 0.12) * (heavy ? 1.2 : 1);
      int mirror = detail.side();
      double gap = 13 * scale + Layout.CELESTIAL_RADIUS;
      double distance = x - layout.celestialX();
      if (scene.celestial() != Celestial.NONE && Math.abs(distance) < gap) {
        if (Math.abs(distance) < gap * 0.55) {
          continue;
        }
        x = layout.celestialX() + Math.copySign(gap, distance);
      }
      paintCloud(canvas.transformed(ObjectPainter.placed(x, y, scale, mirror)));
    }
  }

  private void paintCloud(Canvas canvas) {
    Shape body =
        Forms.union(
            Forms.roundBox(-13.5, -1, 13.5, 5, 3),
            Forms.disc(-7, -0.6, 5),
            Forms.disc(0.6, -3.4, 6.6),
            Forms.disc(8, 0.2, 4.4));
    Pigment shade = palette.cloud().mixed(palette.skyTop(), 0.42);
    canvas.fill(body, Canvas.downward(-10, 5, palette.cloud(), palette.cloud(), shade));
    canvas.tint(Forms.common(body, Forms.ellipse(-2, 4.4, 10, 3)), shade.withOpacity(0.45));
  }
}
