package io.darkroom.training.scenery;

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
 * @param arrangement which slots the groups take
 * @param groups one for each slot of the arrangement, in its order; three objects at most in all
 * @param detailSeed decides what no caption tells: exact positions, clouds, shapes of trees
 */
public record Scene(
    TimeOfDay timeOfDay,
    Weather weather,
    Celestial celestial,
    Ground ground,
    Terrain terrain,
    Arrangement arrangement,
    List<ObjectGroup> groups,
    long detailSeed) {

  private static final int HELD_OUT_MODULUS = 10;

  /** Keeps the hashes of scenes with one group away from those of pairs. */
  private static final int ONE_GROUP_OFFSET = 0x100000;

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
    Objects.requireNonNull(arrangement, "arrangement");
    groups = List.copyOf(groups);
    SceneRules.check(timeOfDay, celestial, ground, terrain);
    SceneRules.check(ground, arrangement, groups);
  }

  /**
   * The group in a slot of the arrangement.
   *
   * @param slot one of {@link Arrangement#slots}
   * @return the group
   * @throws IllegalArgumentException if the arrangement has no such slot
   */
  public ObjectGroup group(Slot slot) {
    int index = arrangement.slots().indexOf(slot);
    if (index < 0) {
      throw new IllegalArgumentException(arrangement + " has no slot " + slot);
    }
    return groups.get(index);
  }

  /**
   * How many objects there are in all groups together.
   *
   * @return 1 to 3
   */
  public int objectCount() {
    return groups.stream().mapToInt(ObjectGroup::count).sum();
  }

  /**
   * Whether a combination in this scene is kept from training, to test composition with.
   *
   * <p>With an identity of {@code kind.ordinal() * 10 + colour.ordinal()}, two groups give the code
   * {@code smaller * 160 + larger}, whatever their slots, and a lone group gives {@code (identity *
   * 4 + ground.ordinal()) * 3 + timeOfDay.ordinal() + 1048576}. A combination is held out when its
   * code, mixed by the 32-bit finalizer of MurmurHash3, is a multiple of 10 as an unsigned number.
   * Of three groups, each two are a combination. This is the same on every platform and must never
   * change.
   *
   * @return true for about one combination in ten
   */
  public boolean isHeldOut() {
    if (groups.size() == 1) {
      int onGround = groups.get(0).identity() * Ground.values().length + ground.ordinal();
      return isHeldOut(
          onGround * TimeOfDay.values().length + timeOfDay.ordinal() + ONE_GROUP_OFFSET);
    }
    int identities = Kind.values().length * Colour.values().length;
    for (int i = 0; i < groups.size(); i++) {
      for (int j = 0; j < i; j++) {
        int first = groups.get(i).identity();
        int second = groups.get(j).identity();
        if (isHeldOut(Math.min(first, second) * identities + Math.max(first, second))) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isHeldOut(int code) {
    return Integer.remainderUnsigned(mix(code), HELD_OUT_MODULUS) == 0;
  }

  /** The finalizer of MurmurHash3 for 32 bits. */
  private static int mix(int code) {
    int hash = code;
    hash = (hash ^ hash >>> 16) * 0x85EBCA6B;
    hash = (hash ^ hash >>> 13) * 0xC2B2AE35;
    return hash ^ hash >>> 16;
  }
}
