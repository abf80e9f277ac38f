package io.darkroom.training;

import java.time.Duration;

/** Says when a state is due to be saved: every few minutes, however long a step takes. */
final class SaveClock {
  private static final long EVERY = Duration.ofMinutes(4).toNanos();

  private long saved = System.nanoTime();

  /**
   * Asks after a step; the answer yes begins the next interval.
   *
   * @return whether to save now
   */
  boolean isTime() {
    long now = System.nanoTime();
    if (now - saved < EVERY) {
      return false;
    }
    saved = now;
    return true;
  }
}
