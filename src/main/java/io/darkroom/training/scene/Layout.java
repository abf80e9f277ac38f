package io.darkroom.training.scene;

import java.util.ArrayList;
import java.util.List;

/**
 * Where everything is, in percent of the width.
 *
 * @param horizon the height where sky and land meet
 * @param hill the hill; flat land has one that stays below the horizon
 * @param celestialX the body in the sky, or where light would come from
 * @param celestialY its height
 * @param spots one for each object of the scene, in the same order
 */
record Layout(double horizon, Hill hill, double celestialX, double celestialY, List<Spot> spots) {

  static final double CELESTIAL_RADIUS = 9.5;

  private static final double HILL_HORIZON = 73;
  private static final double FLAT_HORIZON = 61;
  private static final double FLAT_FEET = 81;
  private static final double HILL_FEET_BELOW_SURFACE = 5;
  private static final double BALLOON_ALTITUDE = 9;

  /** Keeps a balloon above a hill from the upper edge of the picture. */
  private static final double HILL_BALLOON_SCALE = 0.86;

  /**
   * Where an object stands.
   *
   * @param x the middle of the object
   * @param y the lowest point of the object
   * @param groundY the ground below it, which is the same but for what flies
   * @param scale 1 for an object that is 40 wide
   */
  record Spot(double x, double y, double groundY, double scale) {}

  static Layout of(Scene scene) {
    Detail detail = Detail.of(scene, Detail.Part.LAYOUT);
    double horizon =
        detail.around(scene.terrain() == Terrain.HILL ? HILL_HORIZON : FLAT_HORIZON, 1.5);
    Hill hill = new Hill(detail.around(50, 4), detail.around(60, 1), 60, 40);
    double celestialJitter = detail.around(0, 1);
    double celestialY = detail.around(14, 1.5);
    List<Spot> spots = new ArrayList<>();
    for (SceneObject object : scene.objects()) {
      spots.add(spot(scene, object, hill, detail));
    }
    double celestialX = celestialX(scene.objects(), celestialJitter);
    return new Layout(horizon, hill, celestialX, celestialY, List.copyOf(spots));
  }

  private static Spot spot(Scene scene, SceneObject object, Hill hill, Detail detail) {
    double offset = scene.objects().size() == 1 ? 20.5 : 24.5;
    if (scene.terrain() == Terrain.HILL) {
      offset *= 0.92;
    }
    double x = 50 + offset * side(object.place()) + detail.around(0, 1.5);
    double size = scene.objects().size() == 1 ? 1.22 : 1.02;
    double scale = size * detail.around(1, 0.07);
    double groundY = detail.around(FLAT_FEET, 1.5);
    if (scene.terrain() == Terrain.HILL) {
      groundY = hill.surface(x) + HILL_FEET_BELOW_SURFACE;
      scale *= 0.92;
    }
    if (object.kind() != Kind.BALLOON) {
      return new Spot(x, groundY, groundY, scale);
    }
    if (scene.terrain() == Terrain.HILL) {
      scale *= HILL_BALLOON_SCALE;
    }
    return new Spot(x, groundY - BALLOON_ALTITUDE, groundY, scale);
  }

  private static int side(Place place) {
    return switch (place) {
      case LEFT -> -1;
      case CENTRE -> 0;
      case RIGHT -> 1;
    };
  }

  /** Away from a lone object and from a balloon, so that nothing hides the sun or the moon. */
  private static double celestialX(List<SceneObject> objects, double jitter) {
    if (objects.size() == 2) {
      boolean balloonLeft = objects.get(0).kind() == Kind.BALLOON;
      boolean balloonRight = objects.get(1).kind() == Kind.BALLOON;
      if (balloonLeft == balloonRight) {
        return 50 + 4 * jitter;
      }
      return (balloonLeft ? 76 : 24) + 6 * jitter;
    }
    return switch (objects.get(0).place()) {
      case LEFT -> 74 + 7 * jitter;
      case CENTRE -> 50 + Math.copySign(34, jitter);
      case RIGHT -> 26 + 7 * jitter;
    };
  }
}
