package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Where everything is, in the units of {@link Canvas}.
 *
 * @param width of the picture
 * @param horizon the height where sky and land meet
 * @param hill the hill; it counts on {@link Terrain#HILL} only
 * @param shore the height where the water ends and the shore begins; below the picture if there is
 *     none
 * @param celestialX the body in the sky, or where light comes from
 * @param celestialY its height
 * @param spots one for each object of the scene, the farthest first
 */
record Layout(
    double width,
    double horizon,
    Hill hill,
    double shore,
    double celestialX,
    double celestialY,
    List<Spot> spots) {

  static final double CELESTIAL_RADIUS = 7.5;

  private static final double FEET = 85;
  private static final double SHORE = 77;
  private static final double NO_SHORE = 200;

  /** How much larger objects are in a picture that is wider than high. */
  private static final double WIDE_SHARE = 0.12;

  /**
   * Where an object is.
   *
   * @param group its group's number in the scene
   * @param member its number in the group
   * @param x the middle of the object
   * @param y the lowest point of the object
   * @param groundY the ground below it, which is the same but for what flies
   * @param scale 1 for the drawing as it is
   * @param mirror -1 for a drawing that is turned round, else 1
   */
  record Spot(
      int group, int member, double x, double y, double groundY, double scale, int mirror) {}

  /** A round hill: a parabola over the whole width. */
  record Hill(double middle, double top, double edge, double halfWidth) {
    double surface(double x) {
      double t = (x - middle) / halfWidth;
      return top + (edge - top) * t * t;
    }
  }

  static Layout of(Scene scene, double width) {
    Detail detail = Detail.of(scene, Detail.Part.LAYOUT);
    double horizon = detail.around(scene.terrain() == Terrain.HILL ? 70 : 61, 1.5);
    Hill hill =
        new Hill(
            detail.around(width / 2, 5), detail.around(63, 1), detail.around(82, 2), width / 2);
    boolean onlyBoats =
        scene.groups().stream()
            .allMatch(group -> group.kind() == Kind.BOAT || group.kind().flies());
    double shore =
        scene.ground() == Ground.WATER && !onlyBoats ? detail.around(SHORE, 1) : NO_SHORE;
    double celestialY = detail.around(14, 2);
    double wish = detail.around(0.5, 0.36) * width;
    List<Spot> spots = new ArrayList<>();
    for (int i = 0; i < scene.groups().size(); i++) {
      for (int member = 0; member < scene.groups().get(i).count(); member++) {
        spots.add(spot(scene, width, hill, shore, i, member, detail));
      }
    }
    spots.sort(Comparator.comparingDouble(Spot::groundY));
    double celestialX = celestialX(scene, width, spots, wish);
    return new Layout(width, horizon, hill, shore, celestialX, celestialY, List.copyOf(spots));
  }

  private static Spot spot(
      Scene scene, double width, Hill hill, double shore, int index, int member, Detail detail) {
    ObjectGroup group = scene.groups().get(index);
    Slot slot = scene.arrangement().slots().get(index);
    double wide = 1 + WIDE_SHARE * (width / Canvas.HEIGHT - 1);
    double x = width * share(scene, slot, member) + detail.around(0, 1.6) * wide;
    double scale = baseScale(scene, slot) * wide * group.size().scale() * detail.around(1, 0.04);
    double feet = FEET + detail.around(0, 1.2) + depth(scene.arrangement(), slot);
    if (scene.terrain() == Terrain.HILL) {
      feet = hill.surface(x) + 7 + 0.8 * depth(scene.arrangement(), slot);
    } else if (group.kind() == Kind.BOAT) {
      feet = shore < Canvas.HEIGHT ? Math.min(feet, shore) - 4 : feet - 3;
    } else if (scene.ground() == Ground.WATER) {
      feet = Math.max(feet + 3, shore + 4);
    }
    int mirror = detail.side();
    double y = group.kind().flies() ? altitude(slot, group.kind(), scale) : feet;
    return new Spot(index, member, x, y, feet, scale, mirror);
  }

  /** Where flying objects have their lowest point. */
  private static double altitude(Slot slot, Kind kind, double scale) {
    double middle = slot == Slot.ABOVE ? 20 : kind == Kind.BIRD ? 37 : 42;
    return Math.max(middle + kind.height() * scale / 2, kind.height() * scale + 3);
  }

  /** The middle of an object as a share of the width. */
  private static double share(Scene scene, Slot slot, int member) {
    int count = scene.group(slot).count();
    return switch (scene.arrangement()) {
      case ALONE_LEFT -> 0.27;
      case ALONE_RIGHT -> 0.73;
      case ALONE_MIDDLE ->
          switch (count) {
            case 1 -> 0.5;
            case 2 -> 0.28 + 0.44 * member;
            default -> 0.18 + 0.32 * member;
          };
      case PAIR -> sideBySide(scene, slot, member);
      case FRONT_AND_BACK -> frontAndBack(scene, slot, member);
      case ABOVE_ONE -> count == 1 ? 0.5 : 0.3 + 0.4 * member;
      case ROW ->
          switch (slot) {
            case LEFT -> 0.18;
            case RIGHT -> 0.82;
            default -> 0.5;
          };
      case ABOVE_PAIR, FRONT_OF_PAIR ->
          switch (slot) {
            case LEFT -> 0.24;
            case RIGHT -> 0.76;
            default -> 0.5;
          };
    };
  }

  private static double sideBySide(Scene scene, Slot slot, int member) {
    int count = scene.group(slot).count();
    if (slot == Slot.LEFT) {
      if (count == 2) {
        return 0.15 + 0.28 * member;
      }
      return scene.group(Slot.RIGHT).count() == 2 ? 0.22 : 0.27;
    }
    if (count == 2) {
      return 0.57 + 0.28 * member;
    }
    return scene.group(Slot.LEFT).count() == 2 ? 0.78 : 0.73;
  }

  private static double frontAndBack(Scene scene, Slot slot, int member) {
    if (scene.group(Slot.BACK).count() == 2) {
      return slot == Slot.FRONT ? 0.5 : 0.27 + 0.46 * member;
    }
    double offset = (scene.detailSeed() & 1) == 0 ? 0.1 : -0.1;
    return slot == Slot.FRONT ? 0.5 + offset : 0.5 - offset;
  }

  /** What a medium object is scaled with. */
  private static double baseScale(Scene scene, Slot slot) {
    int count = scene.group(slot).count();
    return switch (scene.arrangement()) {
      case ALONE_LEFT, ALONE_RIGHT -> 1.12;
      case ALONE_MIDDLE ->
          switch (count) {
            case 1 -> 1.3;
            case 2 -> 0.98;
            default -> 0.76;
          };
      case PAIR -> scene.objectCount() == 3 ? count == 2 ? 0.68 : 0.86 : 1;
      case FRONT_AND_BACK -> slot == Slot.FRONT ? 0.96 : count == 2 ? 0.84 : 1.02;
      case ABOVE_ONE -> slot == Slot.ABOVE ? 0.74 : 1;
      case ROW -> 0.74;
      case ABOVE_PAIR -> slot == Slot.ABOVE ? 0.7 : 0.9;
      case FRONT_OF_PAIR -> slot == Slot.FRONT ? 0.86 : 0.8;
    };
  }

  /** How far down the picture from the usual place, for what is nearer. */
  private static double depth(Arrangement arrangement, Slot slot) {
    return switch (arrangement) {
      case FRONT_AND_BACK -> slot == Slot.FRONT ? 7 : -6;
      case FRONT_OF_PAIR -> slot == Slot.FRONT ? 7 : -5;
      default -> 0;
    };
  }

  /** The place nearest to the wish where no object hides the body. */
  private static double celestialX(Scene scene, double width, List<Spot> spots, double wish) {
    double best = wish;
    double bestRating = Double.NEGATIVE_INFINITY;
    for (int i = 0; i <= 20; i++) {
      double x = width * (0.13 + 0.037 * i);
      double clearance = 12;
      for (Spot spot : spots) {
        Kind kind = scene.groups().get(spot.group()).kind();
        double top = spot.y() - kind.height() * spot.scale();
        if (top < 28) {
          double gap = Math.abs(x - spot.x()) - kind.width() * spot.scale() / 2;
          clearance = Math.min(clearance, gap - CELESTIAL_RADIUS);
        }
      }
      double rating = 4 * Math.min(clearance, 3) - Math.abs(x - wish) / 10;
      if (rating > bestRating) {
        best = x;
        bestRating = rating;
      }
    }
    return best;
  }
}
