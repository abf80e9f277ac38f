package io.darkroom.torchscript;

import io.darkroom.base.ThreadEnd;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Shares the calling thread's part of the processor among threads that call the engine. */
final class EngineThreads {
  private EngineThreads() {}

  /**
   * Does something for each number from 0, in any order, and waits until all is done.
   *
   * @param count the numbers end below
   * @param most how many are worked on at once
   * @param work what is done
   * @throws RuntimeException the first failure, after which nothing more is begun
   */
  static void forEach(int count, int most, IntConsumer work) {
    int threads = Math.min(Math.min(most, count), LibTorch.threads());
    if (threads <= 1) {
      for (int i = 0; i < count; i++) {
        work.accept(i);
      }
      return;
    }
    int share = LibTorch.threads() / threads;
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Runnable loop =
        () -> {
          LibTorch.useThreads(share);
          try {
            for (int i = next.getAndIncrement();
                i < count && failure.get() == null;
                i = next.getAndIncrement()) {
              work.accept(i);
            }
          } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
          }
        };
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(loop, "load-" + (i + 1));
      thread.start();
      started.add(thread);
    }
    started.forEach(ThreadEnd::await);
    if (failure.get() instanceof Error error) {
      throw error;
    }
    if (failure.get() instanceof RuntimeException exception) {
      throw exception;
    }
  }
}
