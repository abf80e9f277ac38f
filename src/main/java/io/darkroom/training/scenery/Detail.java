package io.darkroom.training.scenery;

import java.util.SplittableRandom;

/** The small variations of a scene: one independent stream of chance for each part of it. */
record Detail(SplittableRandom random) {

  /** The stream of a part, the same for the same seed whatever the other parts draw. */
  static Detail of(Scene scene, Part part) {
    return new Detail(new SplittableRandom(scene.detailSeed() + 31L * (part.ordinal() + 1)));
  }

  /** The stream of one object. */
  static Detail ofObject(Scene scene, int group, int member) {
    long number = Part.values().length + 1L + 10L * group + member;
    return new Detail(new SplittableRandom(scene.detailSeed() + 31L * number));
  }

  /** A number within the spread around the middle. */
  double around(double middle, double spread) {
    return middle + spread * (2 * random.nextDouble() - 1);
  }

  /** -1 or 1. */
  int side() {
    return random.nextBoolean() ? 1 : -1;
  }

  /** One of the colours. */
  int oneOf(int... values) {
    return values[random.nextInt(values.length)];
  }

  /** What a stream is for. */
  enum Part {
    LAYOUT,
    SKY,
    LAND,
    WEATHER
  }
}
