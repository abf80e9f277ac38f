package io.darkroom.training;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * Makes the batches of the next steps while a step is computed.
 *
 * @param <T> a batch
 */
final class Prefetch<T> {
  private static final int AHEAD = 3;

  private final IntFunction<T> maker;
  private final Deque<CompletableFuture<T>> batches = new ArrayDeque<>();
  private int begun;

  /**
   * Begins with the first batches.
   *
   * @param step the first step's number
   * @param maker makes the batch of a step
   */
  Prefetch(int step, IntFunction<T> maker) {
    this.maker = maker;
    this.begun = step - 1;
    for (int i = 0; i < AHEAD; i++) {
      begin();
    }
  }

  /**
   * Waits for the next batch, and begins another.
   *
   * @return the batches of the steps, in order
   */
  T next() {
    begin();
    return batches.remove().join();
  }

  private void begin() {
    int step = ++begun;
    batches.add(CompletableFuture.supplyAsync(() -> maker.apply(step)));
  }
}
