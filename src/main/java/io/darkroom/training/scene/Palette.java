package io.darkroom.training.scene;

/**
 * The colours of everything in a scene but its objects.
 *
 * @param skyTop the sky at the upper edge
 * @param skyMiddle the sky halfway down
 * @param skyHorizon the sky where it meets the land
 * @param groundFar the ground at the horizon
 * @param groundNear the ground at the lower edge
 * @param groundMark strokes on the ground: waves, tufts, dunes
 * @param mountain the side of a mountain that is in the shade
 * @param mountainCap the snow on top of it
 * @param cloud the bright part of a cloud
 * @param islet the land that rises from water
 */
record Palette(
    Pigment skyTop,
    Pigment skyMiddle,
    Pigment skyHorizon,
    Pigment groundFar,
    Pigment groundNear,
    Pigment groundMark,
    Pigment mountain,
    Pigment mountainCap,
    Pigment cloud,
    Pigment islet) {

  static Palette of(Scene scene) {
    TimeOfDay time = scene.timeOfDay();
    Pigment haze = haze(scene.weather(), time);
    double dullness = dullness(scene.weather());
    Pigment ground = ground(scene.ground(), time).mixed(haze, dullness * 0.25);
    Pigment horizon = sky(time, 2).mixed(haze, dullness);
    return new Palette(
        sky(time, 0).mixed(haze, dullness),
        sky(time, 1).mixed(haze, dullness),
        horizon,
        ground.mixed(horizon, 0.22),
        near(scene.ground(), time, ground),
        mark(scene.ground(), ground),
        mountain(time).mixed(haze, dullness * 0.3),
        mountainCap(time),
        cloud(scene.weather(), time),
        ground(Ground.GRASS, time));
  }

  /** What veils sky and land: slate when it rains, paler when snow falls. */
  private static Pigment haze(Weather weather, TimeOfDay time) {
    int[] rgb =
        switch (weather) {
          case CLEAR, CLOUDY -> new int[] {0x90A4B5, 0x94788C, 0x2A3350};
          case RAIN -> new int[] {0x63758A, 0x66546F, 0x171E33};
          case SNOWFALL -> new int[] {0x9FB2C3, 0xA88EA0, 0x3A4564};
        };
    return Pigment.of(rgb[time.ordinal()]);
  }

  private static double dullness(Weather weather) {
    return switch (weather) {
      case CLEAR -> 0;
      case CLOUDY -> 0.2;
      case RAIN -> 0.7;
      case SNOWFALL -> 0.6;
    };
  }

  private static Pigment sky(TimeOfDay time, int level) {
    int[] rgb =
        switch (time) {
          case DAY -> new int[] {0x4FA9EE, 0x92CEF6, 0xDDF2FB};
          case SUNSET -> new int[] {0x6A58A8, 0xE87F86, 0xFFC572};
          case NIGHT -> new int[] {0x0C1540, 0x1B2A63, 0x3B5296};
        };
    return Pigment.of(rgb[level]);
  }

  private static Pigment ground(Ground ground, TimeOfDay time) {
    int rgb =
        switch (ground) {
          case GRASS -> new int[] {0x8FCB55, 0x94A04A, 0x2F5E4A}[time.ordinal()];
          case SNOW -> new int[] {0xEEF5FB, 0xF3DCDD, 0xA7B7DA}[time.ordinal()];
          case SAND -> new int[] {0xF0D596, 0xE5AE72, 0x9E8A68}[time.ordinal()];
          case WATER -> new int[] {0x4BAFD3, 0xB08299, 0x1F4478}[time.ordinal()];
        };
    return Pigment.of(rgb);
  }

  private static Pigment near(Ground ground, TimeOfDay time, Pigment pigment) {
    if (ground != Ground.WATER) {
      return pigment.darker(0.08);
    }
    return pigment.mixed(Pigment.of(time == TimeOfDay.SUNSET ? 0x304A9A : 0x0C3C78), 0.5);
  }

  private static Pigment mark(Ground ground, Pigment pigment) {
    return switch (ground) {
      case GRASS -> pigment.darker(0.2);
      case SNOW -> pigment.mixed(Pigment.of(0x5B78B8), 0.3);
      case SAND -> pigment.mixed(Pigment.of(0x8A5A2B), 0.3);
      case WATER -> pigment.lighter(0.5);
    };
  }

  private static Pigment mountain(TimeOfDay time) {
    return Pigment.of(
        switch (time) {
          case DAY -> 0x7C93B4;
          case SUNSET -> 0x7E5F8E;
          case NIGHT -> 0x5064A2;
        });
  }

  private static Pigment mountainCap(TimeOfDay time) {
    return Pigment.of(
        switch (time) {
          case DAY -> 0xFAFCFF;
          case SUNSET -> 0xFFDFD2;
          case NIGHT -> 0xAFC0E8;
        });
  }

  private static Pigment cloud(Weather weather, TimeOfDay time) {
    Pigment fair =
        Pigment.of(
            switch (time) {
              case DAY -> 0xFFFFFF;
              case SUNSET -> 0xFFD9C7;
              case NIGHT -> 0x7F8DB8;
            });
    return weather == Weather.RAIN ? fair.mixed(Pigment.of(0x3E485C), 0.6) : fair;
  }
}
