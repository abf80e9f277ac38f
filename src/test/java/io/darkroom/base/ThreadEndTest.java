package io.darkroom.base;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ThreadEndTest {
  @Test
  void anInterruptionDoesNotEndTheWaitingAndIsNotLost() {
    CountDownLatch interrupted = new CountDownLatch(1);
    AtomicBoolean done = new AtomicBoolean();
    Thread thread =
        new Thread(
            () -> {
              try {
                interrupted.await();
                done.set(true);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.start();
    Thread.currentThread().interrupt();
    interrupted.countDown();
    ThreadEnd.await(thread);
    assertTrue(Thread.interrupted(), "the interruption is kept");
    assertTrue(done.get());
    assertFalse(thread.isAlive());
  }
}
