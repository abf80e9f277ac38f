package io.darkroom.training.scene;

import java.awt.Color;

/** Paints what falls in front of everything: rain or snow. */
final class WeatherPainter {

  private static final int COLUMNS = 5;
  private static final int ROWS = 5;
  private static final double CELL = Canvas.SIDE / COLUMNS;

  private final Scene scene;

  private final Layout layout;

  WeatherPainter(Scene scene, Layout layout) {
    this.scene = scene;
    this.layout = layout;
  }

  void paint(Canvas canvas) {
    Detail detail = Detail.of(scene, Detail.Part.WEATHER);
    switch (scene.weather()) {
      case CLEAR, CLOUDY -> {}
      case RAIN -> paintRain(canvas, detail);
      case SNOWFALL -> paintSnowfall(canvas, detail);
    }
  }

  private void paintRain(Canvas canvas, Detail detail) {
    Pigment drop =
        Pigment.of(
            switch (scene.timeOfDay()) {
              case DAY -> 0x9CC3F0;
              case SUNSET -> 0xA9B4EC;
              case NIGHT -> 0x9CBDEB;
            });
    Color color = drop.withOpacity(0.85);
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        double x = detail.around(CELL * (column + 0.35 + 0.5 * (row % 2)), 4);
        double y = detail.around(CELL * (row + 0.5), 4);
        if (isFree(x, y)) {
          canvas.line(x + 1.8, y - 5, x - 1.8, y + 5, color, 2.1);
        }
      }
    }
  }

  private void paintSnowfall(Canvas canvas, Detail detail) {
    Pigment flake = Pigment.of(scene.timeOfDay() == TimeOfDay.NIGHT ? 0xEAF0FF : 0xFFFFFF);
    for (int row = 0; row < ROWS; row++) {
      for (int column = 0; column < COLUMNS; column++) {
        double x = detail.around(CELL * (column + 0.25 + 0.5 * (row % 2)), 4);
        double y = detail.around(CELL * (row + 0.5), 4);
        double radius = detail.around(2.4, 0.3);
        if (isFree(x, y)) {
          canvas.fill(Forms.disc(x, y, radius), flake);
        }
      }
    }
  }

  /** The sun and the moon stay whole. */
  private boolean isFree(double x, double y) {
    double distance = Math.hypot(x - layout.celestialX(), y - layout.celestialY());
    return scene.celestial() == Celestial.NONE || distance > Layout.CELESTIAL_RADIUS + 3;
  }
}
