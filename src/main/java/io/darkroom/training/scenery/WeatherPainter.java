package io.darkroom.training.scenery;

import java.awt.Color;

/** Paints what falls in front of everything: rain or snow. */
final class WeatherPainter {

  private static final double CELL = 15;

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
              case DAY -> 0xC2DCF6;
              case SUNSET -> 0xC9CFF4;
              case NIGHT -> 0x9CBDEB;
            });
    Color color = drop.withOpacity(0.72);
    int columns = (int) Math.ceil(layout.width() / CELL);
    int rows = (int) Math.ceil(Canvas.HEIGHT / CELL);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double x = detail.around(CELL * (column + 0.25 + 0.5 * (row % 2)), 3.5);
        double y = detail.around(CELL * (row + 0.5), 4);
        if (isFree(x, y)) {
          canvas.trace(Forms.openLine(x + 1.1, y - 3.2, x - 1.1, y + 3.2), color, 0.85);
        }
      }
    }
  }

  private void paintSnowfall(Canvas canvas, Detail detail) {
    Pigment flake = Pigment.of(scene.timeOfDay() == TimeOfDay.NIGHT ? 0xEAF0FF : 0xFFFFFF);
    int columns = (int) Math.ceil(layout.width() / CELL);
    int rows = (int) Math.ceil(Canvas.HEIGHT / CELL);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        double x = detail.around(CELL * (column + 0.25 + 0.5 * (row % 2)), 4.5);
        double y = detail.around(CELL * (row + 0.5), 4.5);
        double radius = detail.around(1.25, 0.4);
        if (isFree(x, y)) {
          canvas.tint(Forms.disc(x, y, radius), flake.withOpacity(0.95));
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
