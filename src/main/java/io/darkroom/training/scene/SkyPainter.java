package io.darkroom.training.scene;

import java.awt.Shape;

/** Paints the sky with what is in it: stars, the sun or the moon, clouds. */
final class SkyPainter {

  private static final int STARS = 12;

  private final Scene scene;
  private final Layout layout;
  private final Palette palette;

  SkyPainter(Scene scene, Layout layout, Palette palette) {
    this.scene = scene;
    this.layout = layout;
    this.palette = palette;
  }

  void paint(Canvas canvas) {
    canvas.fillEverything(
        Canvas.downward(
            0, layout.horizon(), palette.skyTop(), palette.skyMiddle(), palette.skyHorizon()));
    Detail detail = Detail.of(scene, Detail.Part.SKY);
    if (scene.timeOfDay() == TimeOfDay.NIGHT && scene.weather() == Weather.CLEAR) {
      paintStars(canvas, detail);
    }
    paintCelestial(canvas);
    if (scene.weather() == Weather.CLOUDY || scene.weather() == Weather.RAIN) {
      paintClouds(canvas, detail);
    }
  }

  /** One star in each cell of a grid, but none where the moon shines. */
  private void paintStars(Canvas canvas, Detail detail) {
    Pigment star = Pigment.of(0xFFF6D8);
    for (int i = 0; i < STARS; i++) {
      double x = detail.around(12.5 + 25 * (i % 4), 9);
      double y = detail.around(8 + 17 * (i / 4), 6);
      double radius = detail.around(1.0, 0.15);
      double distance = Math.hypot(x - layout.celestialX(), y - layout.celestialY());
      if (scene.celestial() == Celestial.NONE || distance > Layout.CELESTIAL_RADIUS + 6) {
        canvas.fill(Forms.disc(x, y, radius), star);
      }
    }
  }

  private void paintCelestial(Canvas canvas) {
    double x = layout.celestialX();
    double y = layout.celestialY();
    double radius = Layout.CELESTIAL_RADIUS;
    Shape disc = Forms.disc(x, y, radius);
    switch (scene.celestial()) {
      case NONE -> {}
      case SUN -> {
        Pigment sun = Pigment.of(scene.timeOfDay() == TimeOfDay.DAY ? 0xFFD93B : 0xFFB02E);
        canvas.glow(x, y, radius * 2.3, sun.lighter(0.3), 0.85);
        canvas.fill(disc, sun);
      }
      case FULL_MOON -> {
        Pigment moon = Pigment.of(0xFBF3D0);
        canvas.glow(x, y, radius * 2.1, moon, 0.5);
        canvas.fill(disc, moon);
        Pigment crater = moon.darker(0.13);
        canvas.fill(Forms.disc(x - 3.2, y - 2.2, 2.2), crater);
        canvas.fill(Forms.disc(x + 3.4, y + 1.2, 1.8), crater);
        canvas.fill(Forms.disc(x - 1.2, y + 4.4, 1.5), crater);
      }
      case CRESCENT_MOON -> {
        Pigment moon = Pigment.of(0xFBEFB8);
        canvas.glow(x, y, radius * 1.9, moon, 0.28);
        Shape shadow = Forms.disc(x + radius * 0.5, y - radius * 0.18, radius * 0.86);
        canvas.fill(Forms.difference(disc, shadow), moon);
      }
    }
  }

  /** Three big clouds, the places nearest to the sun or moon left free. */
  private void paintClouds(Canvas canvas, Detail detail) {
    for (double x : new double[] {14, 50, 86}) {
      double cloudX = detail.around(x, 4);
      double cloudY = detail.around(x == 50 ? 12 : 17, 2.5);
      double scale = detail.around(1.05, 0.1);
      if (scene.celestial() == Celestial.NONE) {
        paintCloud(canvas, cloudX, cloudY, scale);
      } else {
        double distance = cloudX - layout.celestialX();
        if (Math.abs(distance) > 20) {
          double pushed = Math.copySign(Math.max(0, 29 - Math.abs(distance)), distance);
          paintCloud(canvas, cloudX + pushed, cloudY, scale);
        }
      }
    }
  }

  private void paintCloud(Canvas canvas, double x, double y, double scale) {
    Shape body =
        Forms.union(
            Forms.roundBox(-17, -1, 17, 7, 4),
            Forms.disc(-8.5, -1, 6.5),
            Forms.disc(1, -4, 8.5),
            Forms.disc(10, 0.5, 5.5));
    try (Canvas local = canvas.at(x, y, scale)) {
      local.fill(body, Canvas.downward(-10, 7, palette.cloud(), cloudShade()));
    }
  }

  private Pigment cloudShade() {
    return palette.cloud().mixed(palette.skyTop(), 0.35);
  }
}
