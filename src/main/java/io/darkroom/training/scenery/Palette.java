package io.darkroom.training.scenery;

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
 * @param fir the trees of a forest
 * @param cloud the bright part of a cloud
 * @param shore the land in front of water
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
    Pigment fir,
    Pigment cloud,
    Pigment shore) {

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
        ground.mixed(horizon, 0.3),
        near(scene.ground(), time, ground),
        mark(scene.ground(), ground),
        mountain(time).mixed(haze, dullness * 0.35),
        mountainCap(time).mixed(haze, dullness * 0.15),
        fir(scene.ground(), time).mixed(haze, dullness * 0.3),
        cloud(scene.weather(), time),
        ground(Ground.SAND, time).mixed(haze, dullness * 0.25));
  }

  /** What veils sky and land: slate when it rains, paler when snow falls. */
  private static Pigment haze(Weather weather, TimeOfDay time) {
    int[] rgb =
        switch (weather) {
          case CLEAR, CLOUDY -> new int[] {0x9DB2C4, 0xA07F92, 0x2A3350};
          case RAIN -> new int[] {0x6B7E94, 0x6E5A75, 0x171E33};
          case SNOWFALL -> new int[] {0xA7B9C9, 0xAF94A5, 0x3A4564};
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
          case DAY -> new int[] {0x3F9BE6, 0x8CCBF5, 0xE2F4FB};
          case SUNSET -> new int[] {0x57509E, 0xE0788A, 0xFFCB78};
          case NIGHT -> new int[] {0x0A1238, 0x18275E, 0x3C5598};
        };
    return Pigment.of(rgb[level]);
  }

  private static Pigment ground(Ground ground, TimeOfDay time) {
    int rgb =
        switch (ground) {
          case GRASS -> new int[] {0x86C653, 0x98A04C, 0x2C5A48}[time.ordinal()];
          case SNOW -> new int[] {0xF0F6FC, 0xF3DDE0, 0xA3B4DA}[time.ordinal()];
          case SAND -> new int[] {0xF0D79C, 0xE3AE76, 0x94826A}[time.ordinal()];
          case WATER -> new int[] {0x4BAFD8, 0xB5829A, 0x234A80}[time.ordinal()];
        };
    return Pigment.of(rgb);
  }

  private static Pigment near(Ground ground, TimeOfDay time, Pigment pigment) {
    return switch (ground) {
      case WATER -> pigment.mixed(Pigment.of(time == TimeOfDay.SUNSET ? 0x3A4690 : 0x0C3C78), 0.5);
      case SNOW -> pigment.mixed(Pigment.of(0x7C98CC), 0.22);
      case GRASS -> pigment.mixed(Pigment.of(0x1E5A34), 0.3);
      case SAND -> pigment.mixed(Pigment.of(0x8E5E36), 0.22);
    };
  }

  private static Pigment mark(Ground ground, Pigment pigment) {
    return switch (ground) {
      case GRASS -> pigment.mixed(Pigment.of(0x14482A), 0.42);
      case SNOW -> pigment.mixed(Pigment.of(0x5B78B8), 0.34);
      case SAND -> pigment.mixed(Pigment.of(0x8A5A2B), 0.36);
      case WATER -> pigment.lighter(0.5);
    };
  }

  private static Pigment mountain(TimeOfDay time) {
    return Pigment.of(
        switch (time) {
          case DAY -> 0x6F88AE;
          case SUNSET -> 0x75568C;
          case NIGHT -> 0x43568F;
        });
  }

  private static Pigment mountainCap(TimeOfDay time) {
    return Pigment.of(
        switch (time) {
          case DAY -> 0xFAFCFF;
          case SUNSET -> 0xFFDFD2;
          case NIGHT -> 0xB4C4EA;
        });
  }

  private static Pigment fir(Ground ground, TimeOfDay time) {
    Pigment green =
        Pigment.of(
            switch (time) {
              case DAY -> 0x2F6E56;
              case SUNSET -> 0x4C4A56;
              case NIGHT -> 0x163A48;
            });
    return ground == Ground.SNOW ? green.mixed(mountainCap(time), 0.22) : green;
  }

  private static Pigment cloud(Weather weather, TimeOfDay time) {
    Pigment fair =
        Pigment.of(
            switch (time) {
              case DAY -> 0xFFFFFF;
              case SUNSET -> 0xFFDCCB;
              case NIGHT -> 0x8392BE;
            });
    return switch (weather) {
      case RAIN -> fair.mixed(Pigment.of(0x3E485C), 0.55);
      case SNOWFALL -> fair.mixed(Pigment.of(0x8A9AB0), 0.3);
      case CLEAR, CLOUDY -> fair;
    };
  }
}
