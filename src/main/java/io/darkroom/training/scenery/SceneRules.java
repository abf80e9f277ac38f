package io.darkroom.training.scenery;

import java.util.List;

/** Which attributes can go together. */
final class SceneRules {

  private static final double MOST_TALLER = 10;
  private static final double NARROW = 0.6;

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
      case GRASS, SNOW, SAND -> List.of(Terrain.values());
      case WATER -> List.of(Terrain.FLAT, Terrain.MOUNTAINS, Terrain.FOREST);
    };
  }

  /** The most objects that the group of a slot can have. */
  static int mostObjects(Arrangement arrangement, Slot slot) {
    return switch (arrangement) {
      case ALONE_MIDDLE -> ObjectGroup.MOST;
      case PAIR -> 2;
      case FRONT_AND_BACK -> slot == Slot.BACK ? 2 : 1;
      case ABOVE_ONE -> slot == Slot.ABOVE ? 2 : 1;
      case ALONE_LEFT, ALONE_RIGHT, ROW, ABOVE_PAIR, FRONT_OF_PAIR -> 1;
    };
  }

  /** Whether a kind can be in a slot. */
  static boolean allows(Ground ground, Arrangement arrangement, Slot slot, Kind kind) {
    if (kind == Kind.BOAT && (ground != Ground.WATER || slot == Slot.FRONT)) {
      return false;
    }
    return switch (arrangement) {
      case ALONE_LEFT, ALONE_MIDDLE, ALONE_RIGHT, PAIR, ROW -> true;
      case ABOVE_ONE, ABOVE_PAIR -> kind.flies() == (slot == Slot.ABOVE);
      case FRONT_AND_BACK, FRONT_OF_PAIR -> !kind.flies();
    };
  }

  /** The sizes of a slot: what is behind stays visible, what is below leaves room above. */
  static List<ObjectSize> sizes(Arrangement arrangement, Slot slot) {
    boolean above = arrangement.slots().contains(Slot.ABOVE);
    boolean front = arrangement.slots().contains(Slot.FRONT);
    if ((above && slot != Slot.ABOVE) || slot == Slot.FRONT) {
      return List.of(ObjectSize.SMALL, ObjectSize.MEDIUM);
    }
    return front ? List.of(ObjectSize.MEDIUM, ObjectSize.LARGE) : List.of(ObjectSize.values());
  }

  static void check(TimeOfDay timeOfDay, Celestial celestial, Ground ground, Terrain terrain) {
    if (!celestials(timeOfDay).contains(celestial)) {
      throw new IllegalArgumentException(
          "celestial " + celestial + " cannot be seen when the time of day is " + timeOfDay);
    }
    if (!terrains(ground).contains(terrain)) {
      throw new IllegalArgumentException(
          "terrain " + terrain + " does not exist on ground " + ground);
    }
  }

  /** Whether nothing in front hides what is behind. */
  static boolean isVisible(Arrangement arrangement, List<ObjectGroup> groups) {
    return arrangement.slots().get(0) != Slot.FRONT
        || groups.stream()
            .skip(1)
            .allMatch(group -> leavesVisible(groups.get(0).kind(), group.kind()));
  }

  /**
   * Whether a thing in front leaves enough of a thing behind to be seen: it is not much taller, or
   * it is narrow.
   */
  static boolean leavesVisible(Kind front, Kind back) {
    return front.height() <= back.height() + MOST_TALLER || front.width() < back.width() * NARROW;
  }

  static void check(Ground ground, Arrangement arrangement, List<ObjectGroup> groups) {
    if (groups.size() != arrangement.slots().size()) {
      throw new IllegalArgumentException(
          arrangement + " has " + arrangement.slots().size() + " groups, not " + groups.size());
    }
    int objects = 0;
    for (int i = 0; i < groups.size(); i++) {
      ObjectGroup group = groups.get(i);
      Slot slot = arrangement.slots().get(i);
      objects += group.count();
      if (!allows(ground, arrangement, slot, group.kind())) {
        throw new IllegalArgumentException(
            group.kind() + " cannot be in slot " + slot + " of " + arrangement + " on " + ground);
      }
      if (group.count() > mostObjects(arrangement, slot)) {
        throw new IllegalArgumentException(
            "slot " + slot + " of " + arrangement + " has no room for " + group.count());
      }
      if (!sizes(arrangement, slot).contains(group.size())) {
        throw new IllegalArgumentException(
            "slot " + slot + " of " + arrangement + " has nothing of size " + group.size());
      }
      for (int j = 0; j < i; j++) {
        if (groups.get(j).identity() == group.identity()) {
          throw new IllegalArgumentException(
              "two groups must differ in kind or colour, both are "
                  + group.colour()
                  + " "
                  + group.kind());
        }
      }
    }
    if (!isVisible(arrangement, groups)) {
      throw new IllegalArgumentException(
          groups.get(0).kind() + " in front would hide what is behind: " + groups);
    }
    if (objects > ObjectGroup.MOST) {
      throw new IllegalArgumentException(
          "a scene has at most " + ObjectGroup.MOST + " objects, not " + objects);
    }
  }
}
