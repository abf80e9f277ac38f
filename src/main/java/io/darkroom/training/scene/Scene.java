package io.darkroom.training.scene;

import java.util.List;
import java.util.Objects;

/**
 * Everything there is to know about one picture: drawn by {@link SceneRenderer}, put into words by
 * {@link CaptionWriter}.
 *
 * @param timeOfDay the light
 * @param weather what fills the sky, or falls from it
 * @param celestial the body in the sky; the sun never at night, the moon only at night
 * @param ground what the ground is made of
 * @param terrain the shape of the land; no hill on water
 * @param objects one object anywhere, or one on the left and then one on the right that differs
 *     from it in kind or colour
 * @param detailSeed decides what no caption tells: exact positions, sizes, clouds, tree shapes
 */
public record Scene(
    TimeOfDay timeOfDay,
    Weather weather,
    Celestial celestial,
    Ground ground,
    Terrain terrain,
    List<SceneObject> objects,
    long detailSeed) {

  private static final int HELD_OUT_MODULUS = 10;

  /** Keeps the hashes of scenes with one object away from those with two. */
  private static final int ONE_OBJECT_OFFSET = 0x10000;

  /**
   * Checks that such a scene can exist.
   *
   * @throws NullPointerException naming what is missing
   * @throws IllegalArgumentException saying which parts contradict each other
   */
  public Scene {
    Objects.requireNonNull(timeOfDay, "timeOfDay");
    Objects.requireNonNull(weather, "weather");
    Objects.requireNonNull(celestial, "celestial");
    Objects.requireNonNull(ground, "ground");
    Objects.requireNonNull(terrain, "terrain");
    objects = List.copyOf(objects);
    if (!SceneRules.celestials(timeOfDay).contains(celestial)) {
      throw new IllegalArgumentException(
          "celestial " + celestial + " cannot be seen when the time of day is " + timeOfDay);
    }
    if (!SceneRules.terrains(ground).contains(terrain)) {
      throw new IllegalArgumentException(
          "terrain " + terrain + " does not exist on ground " + ground);
    }
    checkObjects(objects);
  }

  /**
   * Whether the combination in this scene is kept from training, to test composition with.
   *
   * <p>With an object numbered {@code kind.ordinal() * 7 + colour.ordinal()}, two objects give the
   * code {@code smaller * 49 + larger}, so left and right do not matter, and one object gives
   * {@code (number * 4 + ground.ordinal()) * 3 + timeOfDay.ordinal() + 65536}. A combination is
   * held out when its code, mixed by the 32-bit finalizer of MurmurHash3, is a multiple of 10 as an
   * unsigned number. This is the same on every platform and must never change.
   *
   * @return true for about one combination in ten
   */
  public boolean isHeldOut() {
    return Integer.remainderUnsigned(mix(combinationCode()), HELD_OUT_MODULUS) == 0;
  }

  private int combinationCode() {
    int first = objects.get(0).identity();
    if (objects.size() == 1) {
      int onGround = first * Ground.values().length + ground.ordinal();
      return onGround * TimeOfDay.values().length + timeOfDay.ordinal() + ONE_OBJECT_OFFSET;
    }
    int second = objects.get(1).identity();
    int identities = Kind.values().length * Colour.values().length;
    return Math.min(first, second) * identities + Math.max(first, second);
  }

  /** The finalizer of MurmurHash3 for 32 bits. */
  private static int mix(int code) {
    int hash = code;
    hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
    hash = (hash ^ hash >>> 13) * 0xC2B2AE35;
    return hash ^ hash >>> 16;
  }

  private static void checkObjects(List<SceneObject> objects) {
    if (objects.isEmpty() || objects.size() > 2) {
      throw new IllegalArgumentException("a scene has one object or two, not " + objects.size());
    }
    if (objects.size() == 1) {
      return;
    }
    SceneObject left = objects.get(0);
    SceneObject right = objects.get(1);
    if (left.place() != Place.LEFT || right.place() != Place.RIGHT) {
      throw new IllegalArgumentException(
          "two objects stand LEFT and RIGHT, not " + left.place() + " and " + right.place());
    }
    if (left.identity() == right.identity()) {
      throw new IllegalArgumentException(
          "two objects must differ in kind or colour, both are "
              + left.colour()
              + " "
              + left.kind());
    }
  }
}
