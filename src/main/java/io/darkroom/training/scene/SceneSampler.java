package io.darkroom.training.scene;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Draws random scenes: 35 % with one object, 65 % with two, the sky clear in 40 % and without a
 * body in 30 %, everything else uniform over what {@link Scene} allows.
 *
 * <p>A sampler has no state of its own; the same random numbers give the same scenes.
 */
public final class SceneSampler {

  private static final double ONE_OBJECT_SHARE = 0.35;
  private static final double CLEAR_SHARE = 0.4;
  private static final double NO_CELESTIAL_SHARE = 0.3;

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
   * Draws the next scene. How many objects it has is decided before anything is rejected, so that
   * the share of scenes with one object is the same for every sampler.
   *
   * @param random where all chance comes from; it advances
   * @return a scene that this sampler gives
   */
  public Scene next(SplittableRandom random) {
    int objectCount = random.nextDouble() < ONE_OBJECT_SHARE ? 1 : 2;
    Scene scene = draw(objectCount, random);
    while (!accepted.test(scene)) {
      scene = draw(objectCount, random);
    }
    return scene;
  }

  private static Scene draw(int objectCount, SplittableRandom random) {
    TimeOfDay timeOfDay = pick(List.of(TimeOfDay.values()), random);
    Weather weather = drawWeather(random);
    Celestial celestial = drawCelestial(timeOfDay, random);
    Ground ground = pick(List.of(Ground.values()), random);
    Terrain terrain = pick(SceneRules.terrains(ground), random);
    List<SceneObject> objects = objectCount == 1 ? drawOne(random) : drawTwo(random);
    return new Scene(timeOfDay, weather, celestial, ground, terrain, objects, random.nextLong());
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

  private static List<SceneObject> drawOne(SplittableRandom random) {
    Place place = pick(List.of(Place.values()), random);
    return List.of(drawObject(place, random));
  }

  private static List<SceneObject> drawTwo(SplittableRandom random) {
    SceneObject left = drawObject(Place.LEFT, random);
    SceneObject right = drawObject(Place.RIGHT, random);
    while (right.identity() == left.identity()) {
      right = drawObject(Place.RIGHT, random);
    }
    return List.of(left, right);
  }

  private static SceneObject drawObject(Place place, SplittableRandom random) {
    Kind kind = pick(List.of(Kind.values()), random);
    Colour colour = pick(List.of(Colour.values()), random);
    return new SceneObject(kind, colour, place);
  }

  private static <T> T pick(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
