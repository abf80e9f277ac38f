package io.darkroom.training.scenery;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Draws random scenes. The arrangements come in fixed shares; the sky is clear in 40 % and without
 * a body in 30 %; a third of the objects has one of the usual colours of its kind and 70 % the
 * usual size; everything else is uniform over what {@link Scene} allows.
 *
 * <p>A sampler has no state of its own; the same random numbers give the same scenes.
 */
public final class SceneSampler {

  private static final double CLEAR_SHARE = 0.4;
  private static final double NO_CELESTIAL_SHARE = 0.3;
  private static final double USUAL_COLOUR_SHARE = 0.33;
  private static final double USUAL_SIZE_SHARE = 0.7;
  private static final double SEVERAL_SHARE = 0.3;
  private static final double SEVERAL_ALONE_SHARE = 0.6;

  private final Predicate<Scene> accepted;

  private SceneSampler(Predicate<Scene> accepted) {
    this.accepted = accepted;
  }

  /**
   * A sampler of all scenes, held out or not.
   *
   * @return the sampler
   */
  public static SceneSampler everything() {
    return new SceneSampler(scene -> true);
  }

  /**
   * A sampler of scenes to train on, none of which {@link Scene#isHeldOut()}.
   *
   * @return the sampler
   */
  public static SceneSampler training() {
    return new SceneSampler(scene -> !scene.isHeldOut());
  }

  /**
   * A sampler of scenes to test on, each of which {@link Scene#isHeldOut()}.
   *
   * @return the sampler
   */
  public static SceneSampler heldOut() {
    return new SceneSampler(Scene::isHeldOut);
  }

  /**
   * Draws the next scene. The arrangement is decided before anything is rejected, so that its share
   * is the same for every sampler.
   *
   * @param random where all chance comes from; it advances
   * @return a scene that this sampler gives
   */
  public Scene next(SplittableRandom random) {
    Arrangement arrangement = drawArrangement(random);
    Scene scene = draw(arrangement, random);
    while (!accepted.test(scene)) {
      scene = draw(arrangement, random);
    }
    return scene;
  }

  private static Arrangement drawArrangement(SplittableRandom random) {
    int percent = random.nextInt(100);
    int bound = 0;
    for (Arrangement arrangement : Arrangement.values()) {
      bound += percentage(arrangement);
      if (percent < bound) {
        return arrangement;
      }
    }
    throw new IllegalStateException("the shares make " + bound + " %");
  }

  private static int percentage(Arrangement arrangement) {
    return switch (arrangement) {
      case ALONE_LEFT, ALONE_RIGHT -> 5;
      case ALONE_MIDDLE -> 20;
      case PAIR -> 28;
      case FRONT_AND_BACK -> 14;
      case ABOVE_ONE -> 8;
      case ROW -> 10;
      case ABOVE_PAIR, FRONT_OF_PAIR -> 5;
    };
  }

  private static Scene draw(Arrangement arrangement, SplittableRandom random) {
    TimeOfDay timeOfDay = pick(List.of(TimeOfDay.values()), random);
    Weather weather = drawWeather(random);
    Celestial celestial = drawCelestial(timeOfDay, random);
    Ground ground = pick(List.of(Ground.values()), random);
    Terrain terrain = pick(SceneRules.terrains(ground), random);
    List<ObjectGroup> groups = drawGroups(arrangement, ground, random);
    while (!SceneRules.isVisible(arrangement, groups)) {
      groups = drawGroups(arrangement, ground, random);
    }
    return new Scene(
        timeOfDay, weather, celestial, ground, terrain, arrangement, groups, random.nextLong());
  }

  private static Weather drawWeather(SplittableRandom random) {
    if (random.nextDouble() < CLEAR_SHARE) {
      return Weather.CLEAR;
    }
    return pick(List.of(Weather.CLOUDY, Weather.RAIN, Weather.SNOWFALL), random);
  }

  private static Celestial drawCelestial(TimeOfDay timeOfDay, SplittableRandom random) {
    if (random.nextDouble() < NO_CELESTIAL_SHARE) {
      return Celestial.NONE;
    }
    List<Celestial> allowed = SceneRules.celestials(timeOfDay);
    return pick(allowed.subList(1, allowed.size()), random);
  }

  private static List<ObjectGroup> drawGroups(
      Arrangement arrangement, Ground ground, SplittableRandom random) {
    List<ObjectGroup> groups = new ArrayList<>();
    int room = ObjectGroup.MOST - arrangement.slots().size();
    for (Slot slot : arrangement.slots()) {
      int most = Math.min(room + 1, SceneRules.mostObjects(arrangement, slot));
      double several = arrangement.slots().size() == 1 ? SEVERAL_ALONE_SHARE : SEVERAL_SHARE;
      int count = most > 1 && random.nextDouble() < several ? 2 + random.nextInt(most - 1) : 1;
      room -= count - 1;
      ObjectGroup group = drawGroup(arrangement, slot, ground, count, random);
      while (hasIdentity(groups, group.identity())) {
        group = drawGroup(arrangement, slot, ground, count, random);
      }
      groups.add(group);
    }
    return groups;
  }

  private static boolean hasIdentity(List<ObjectGroup> groups, int identity) {
    return groups.stream().anyMatch(group -> group.identity() == identity);
  }

  private static ObjectGroup drawGroup(
      Arrangement arrangement, Slot slot, Ground ground, int count, SplittableRandom random) {
    Kind kind = pick(List.of(Kind.values()), random);
    while (!SceneRules.allows(ground, arrangement, slot, kind)) {
      kind = pick(List.of(Kind.values()), random);
    }
    List<Colour> colours =
        random.nextDouble() < USUAL_COLOUR_SHARE ? kind.usualColours() : List.of(Colour.values());
    ObjectSize size =
        random.nextDouble() < USUAL_SIZE_SHARE
            ? ObjectSize.MEDIUM
            : pick(SceneRules.sizes(arrangement, slot), random);
    return new ObjectGroup(kind, pick(colours, random), size, count);
  }

  private static <T> T pick(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
