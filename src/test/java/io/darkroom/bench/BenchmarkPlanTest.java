package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.pipeline.ComputeOptions;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchmarkPlanTest {
  private static final PictureSize OWN = new PictureSize(128, 96);

  private static List<String> rows(List<PictureSize> sizes) {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            sizes,
            List.of(1, 2),
            List.of(1, 3),
            List.of(4, 5),
            LoraPlan.NONE,
            List.of(ComputeOptions.AUTO),
            1);
    return plan.workloads(OWN).stream().map(Workload::toString).toList();
  }

  @Test
  void everyCombinationIsARow() {
    assertEquals(
        List.of(
            "128x96, batch 1, steps 4",
            "128x96, batch 1, steps 5",
            "128x96, batch 1, chunks 3, steps 4",
            "128x96, batch 1, chunks 3, steps 5",
            "128x96, batch 2, steps 4",
            "128x96, batch 2, steps 5",
            "128x96, batch 2, chunks 3, steps 4",
            "128x96, batch 2, chunks 3, steps 5"),
        rows(List.of()));
    assertEquals(16, rows(List.of(new PictureSize(8, 8), new PictureSize(16, 8))).size());
  }
}
