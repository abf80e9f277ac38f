package io.darkroom.hub;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Time that stands still until a test moves it. Pauses take none of it. */
final class ManualTime implements TimeSource {
  final List<Duration> pauses = new ArrayList<>();
  private final List<Runnable> looks = new ArrayList<>();
  private long nanos;

  @Override
  public synchronized long nanoTime() {
    return nanos;
  }

  @Override
  public synchronized void sleep(Duration pause) {
    pauses.add(pause);
  }

  @Override
  public synchronized Watch every(Duration period, Runnable look) {
    looks.add(look);
    notifyAll();
    return () -> remove(look);
  }

  private synchronized void remove(Runnable look) {
    looks.remove(look);
  }

  /** Lets time go by, and everything that is watched be looked at. */
  void advance(Duration step) {
    List<Runnable> now;
    synchronized (this) {
      nanos += step.toNanos();
      now = List.copyOf(looks);
    }
    now.forEach(Runnable::run);
  }

  /** Waits for a body to be watched, and then lets time go by until none is. */
  void advanceUntilNobodyWaits(Duration step) {
    try {
      synchronized (this) {
        while (looks.isEmpty()) {
          wait();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    while (isWatching() && !Thread.currentThread().isInterrupted()) {
      advance(step);
      Thread.onSpinWait();
    }
  }

  private synchronized boolean isWatching() {
    return !looks.isEmpty();
  }
}
