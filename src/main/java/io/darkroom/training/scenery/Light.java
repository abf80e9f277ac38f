package io.darkroom.training.scenery;

/**
 * The light of a scene.
 *
 * @param timeOfDay its time
 * @param filter what all colours of things are multiplied with
 * @param veil what is mixed into them
 * @param density how much of the veil
 * @param contrast how much lit and dark sides differ, 0 to 1
 */
record Light(TimeOfDay timeOfDay, Pigment filter, Pigment veil, double density, double contrast) {

  static Light of(Scene scene) {
    double contrast =
        switch (scene.weather()) {
          case CLEAR -> 1;
          case CLOUDY -> 0.85;
          case RAIN, SNOWFALL -> 0.65;
        };
    return switch (scene.timeOfDay()) {
      case DAY -> new Light(TimeOfDay.DAY, Pigment.WHITE, Pigment.WHITE, 0, contrast);
      case SUNSET ->
          new Light(TimeOfDay.SUNSET, Pigment.of(0xFFF0E2), Pigment.of(0xD8603C), 0.07, contrast);
      case NIGHT ->
          new Light(
              TimeOfDay.NIGHT, Pigment.of(0xDDDFF4), Pigment.of(0x1C2454), 0.11, 0.9 * contrast);
    };
  }

  /** A colour as this light shows it. */
  Pigment on(int rgb) {
    return on(Pigment.of(rgb));
  }

  Pigment on(Pigment pigment) {
    return pigment.filtered(filter).mixed(veil, density);
  }

  /** Whether windows and lamps are lit. */
  boolean lampsAreLit() {
    return timeOfDay != TimeOfDay.DAY;
  }
}
