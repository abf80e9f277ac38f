package io.darkroom.training;

import java.time.Duration;

/**
 * How long a stage trains: a number of steps, or less where the time is over first. The learning
 * rate's decay is planned for whichever comes first, as far as it can be foreseen.
 */
final class Budget {
  private final int steps;
  private final double seconds;
  private final long begin = System.nanoTime();
  private int first = -1;

  /**
   * Plans a stage.
   *
   * @param steps the most steps, those of earlier runs included
   * @param time the most time of this run; the clock starts now
   */
  Budget(int steps, Duration time) {
    this.steps = steps;
    this.seconds = time.toMillis() / 1e3;
  }

  /**
   * Asks before a step.
   *
   * @param step its number, from 1
   * @return whether it is one too many
   */
  boolean isSpentBefore(int step) {
    if (first < 0) {
      first = step;
    }
    return step > steps || elapsed() >= seconds;
  }

  /**
   * The steps that there will be in all.
   *
   * @param step a step's number, from 1
   * @return the most steps, or what the speed so far lets expect in the time
   */
  int expectedSteps(int step) {
    double share = Math.max(elapsed() / seconds, 1e-3);
    double expected = first + (step - first + 1) / share;
    return (int) Math.min(steps, Math.ceil(expected));
  }

  private double elapsed() {
    return (System.nanoTime() - begin) / 1e9;
  }
}
