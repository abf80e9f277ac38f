package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.HiresSize;
import java.util.List;
import java.util.Optional;
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
            Optional.empty(),
            List.of(ComputeOptions.AUTO),
            1);
    return plan.workloads(OWN, 8).stream().map(Workload::toString).toList();
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

  @Test
  void aSecondPassIsARowOfItsOwn() {
    BenchmarkPlan plan =
        new BenchmarkPlan(
            List.of(),
            List.of(1),
            List.of(1),
            List.of(4, 5),
            LoraPlan.NONE,
            Optional.of(HiresSize.parse("1.3")),
            List.of(ComputeOptions.AUTO),
            1);
    assertEquals(
        List.of(
            "128x96, batch 1, steps 4",
            "160x120 after 128x96, batch 1, steps 4",
            "128x96, batch 1, steps 5",
            "160x120 after 128x96, batch 1, steps 5"),
        plan.workloads(OWN, 8).stream().map(Workload::toString).toList());
  }
}
