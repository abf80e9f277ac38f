package io.darkroom.training.scenery;

import java.util.List;
import java.util.SplittableRandom;

/** Picks one of several phrases. */
final class Choice {

  private static final double FIRST_SHARE = 0.35;

  private Choice() {}

  static <T> T of(List<T> choices, SplittableRandom random) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Takes the first, the plainest phrase more often than its share. */
  static <T> T favouringFirst(List<T> choices, SplittableRandom random) {
    return random.nextDouble() < FIRST_SHARE ? choices.get(0) : of(choices, random);
  }
}
