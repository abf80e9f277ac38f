package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineThreadsTest {
  private int before;

  @BeforeEach
  void load() {
    Engine.getEngine("PyTorch");
    before = LibTorch.threads();
    LibTorch.useThreads(6);
  }

  @AfterEach
  void reset() {
    LibTorch.useThreads(before);
  }

  @Test
  void allIsDoneOnceByThreadsThatShareTheProcessor() {
    AtomicInteger[] done = new AtomicInteger[100];
    for (int i = 0; i < done.length; i++) {
      done[i] = new AtomicInteger();
    }
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch together = new CountDownLatch(3);
    EngineThreads.forEach(
        done.length,
        3,
        i -> {
          together.countDown();
          await(together); // ends only if three work at once
          threads.add(Thread.currentThread());
          assertEquals(2, LibTorch.threads());
          done[i].incrementAndGet();
        });
    for (AtomicInteger each : done) {
      assertEquals(1, each.get());
    }
    assertEquals(3, threads.size());
    assertEquals(6, LibTorch.threads(), "the caller's number stays");
  }

  @Test
  void oneThreadIsTheCaller() {
    LibTorch.useThreads(1);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    EngineThreads.forEach(3, 4, i -> threads.add(Thread.currentThread()));
    assertEquals(Set.of(Thread.currentThread()), threads);
  }

  @Test
  void aFailureEndsAllAndIsTold() {
    IllegalStateException failure = new IllegalStateException("unreadable");
    AtomicInteger begun = new AtomicInteger();
    CountDownLatch failed = new CountDownLatch(1);
    RuntimeException told =
        assertThrows(
            RuntimeException.class,
            () ->
                EngineThreads.forEach(
                    1000,
                    2,
                    i -> {
                      begun.incrementAndGet();
                      if (i == 0) {
                        failed.countDown();
                        throw failure;
                      }
                      await(failed);
                    }));
    assertEquals(failure, told);
    assertTrue(begun.get() < 1000, begun::toString);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
