package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PrefetchTest {

  @Test
  void givesTheBatchesInOrder() {
    Prefetch<Integer> batches = new Prefetch<>(5, step -> step * step);
    for (int step = 5; step < 20; step++) {
      assertEquals(step * step, batches.next());
    }
  }
}
