package io.darkroom.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.LibTorch;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CpuThreadsTest {
  private static final long LARGE = 1000 * CpuThreads.LEAST_OPERATIONS;

  @Test
  void eachThreadHasEnoughToDo() {
    CpuThreads four = CpuThreads.of(OptionalInt.of(4));
    assertEquals(4, four.most());
    assertEquals(4, four.count(LARGE));
    assertEquals(4, four.count(0), "the user's number counts");
    CpuThreads all = CpuThreads.of(OptionalInt.empty());
    assertEquals(CpuThreads.available(), all.most());
    assertEquals(all.most(), all.count(LARGE));
    assertEquals(1, all.count(0));
    assertEquals(1, all.count(CpuThreads.LEAST_OPERATIONS));
    assertEquals(Math.min(2, all.most()), all.count(2 * CpuThreads.LEAST_OPERATIONS));
  }

  @Test
  void aLimitDoesNotGiveMoreToSmallLayers() {
    CpuThreads limited = CpuThreads.of(OptionalInt.empty()).atMost(3);
    assertEquals(3, limited.most());
    assertEquals(3, limited.count(LARGE));
    assertEquals(1, limited.count(0));
    assertEquals(3, CpuThreads.of(OptionalInt.of(2)).atMost(3).count(0));
  }

  /** libtorch knows the mask alone, the JVM the control group's quota, too. */
  @Test
  void theQuotaCountsUnlessTheUserSaysANumber() {
    assertEquals(2, CpuThreads.available(Map.of(), 64, 2));
    assertEquals(1, CpuThreads.available(Map.of(), 1, 2));
    assertEquals(64, CpuThreads.available(Map.of("OMP_NUM_THREADS", "64"), 64, 2));
  }

  @Test
  void twoThreadsHaveANumberEach() throws Exception {
    try (NDManager manager = NDManager.newBaseManager()) { // loads libtorch
      CpuThreads.of(OptionalInt.of(3)).useAll();
      CompletableFuture<Integer> other = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                CpuThreads.of(OptionalInt.of(2)).useFor(LARGE);
                other.complete(LibTorch.threads());
              });
      thread.start();
      assertEquals(2, other.get());
      assertEquals(3, LibTorch.threads());
      assertEquals(true, manager.isOpen());
    } finally {
      CpuThreads.of(OptionalInt.empty()).useAll();
    }
  }
}
