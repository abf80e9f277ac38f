package io.darkroom.training.scene;

import java.util.List;

/** Which attributes can go together. */
final class SceneRules {

  private SceneRules() {}

  /** What can be in the sky; {@link Celestial#NONE} comes first. */
  static List<Celestial> celestials(TimeOfDay timeOfDay) {
    return switch (timeOfDay) {
      case DAY, SUNSET -> List.of(Celestial.NONE, Celestial.SUN);
      case NIGHT -> List.of(Celestial.NONE, Celestial.FULL_MOON, Celestial.CRESCENT_MOON);
    };
  }

  /** The shapes that land of this ground can have. */
  static List<Terrain> terrains(Ground ground) {
    return switch (ground) {
      case GRASS, SNOW, SAND -> List.of(Terrain.FLAT, Terrain.HILL, Terrain.MOUNTAINS);
      case WATER -> List.of(Terrain.FLAT, Terrain.MOUNTAINS);
    };
  }
}
