package io.darkroom.training.scene;

import java.util.SplittableRandom;

/** The small variations of a scene: one independent stream of chance for each part of it. */
record Detail(SplittableRandom random) {

  /** The stream of a part, the same for the same seed whatever the other parts draw. */
  static Detail of(Scene scene, Part part) {
    return new Detail(new SplittableRandom(scene.detailSeed() + 31L * (part.ordinal() + 1)));
  }

  /** A number within the spread around the middle. */
  double around(double middle, double spread) {
    return middle + spread * (2 * random.nextDouble() - 1);
  }

  /** What a stream is for. */
  enum Part {
    LAYOUT,
    SKY,
    LAND,
    FIRST_OBJECT,
    SECOND_OBJECT,
    WEATHER
  }
}
