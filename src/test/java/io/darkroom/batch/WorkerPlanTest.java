package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkerPlanTest {
  private static final OptionalInt OPEN = OptionalInt.empty();

  @ParameterizedTest
  @CsvSource({
    "2, 1000, 1000, 2, 1", // one thread each
    "2, 1000, 1, 1, 2", // no room for a second copy
    "2, 7, 1000, 1, 2", // too few pictures for a second copy
    "2, 8, 1000, 2, 1",
    "8, 1000, 3, 2, 4", // three workers would leave two processors idle
    "8, 1000, 7, 4, 2",
    "8, 0, 9, 1, 8",
    "1, 1000, 1000, 1, 1",
    "64, 1000, 1000, 64, 1",
  })
  void asManyPicturesAMinuteAsCanBe(
      int processors, int pictures, int fitting, int workers, int threads) {
    assertEquals(
        new WorkerPlan(workers, threads), WorkerPlan.best(OPEN, processors, pictures, fitting));
  }

  @Test
  void whatTheUserSaysCounts() {
    OptionalInt three = OptionalInt.of(3);
    assertEquals(new WorkerPlan(3, 2), WorkerPlan.of(3, OPEN, 8));
    assertEquals(new WorkerPlan(3, 1), WorkerPlan.of(3, OPEN, 2));
    assertEquals(new WorkerPlan(3, 3), WorkerPlan.of(3, three, 2));
    assertEquals(new WorkerPlan(2, 3), WorkerPlan.best(three, 8, 100, 100));
    assertEquals(new WorkerPlan(1, 3), WorkerPlan.best(three, 2, 100, 100));
  }

  @Test
  void aPlanNeverHasMoreThreadsThanProcessors() {
    for (int processors = 1; processors <= 70; processors++) {
      for (int fitting = 1; fitting <= 70; fitting++) {
        WorkerPlan plan = WorkerPlan.best(OPEN, processors, 10_000, fitting);
        assertTrue(plan.workers() * plan.threads() <= processors, plan::toString);
        assertTrue(plan.workers() <= fitting && plan.threads() >= 1, plan::toString);
      }
    }
  }
}
