package io.darkroom.bench;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import java.util.List;

/**
 * What to measure: every size with every batch size in every precision.
 *
 * @param sizes of the pictures; if empty, the model's own
 * @param batchSizes how many pictures are made together
 * @param compute where and in which precisions, one or more
 * @param steps how many steps a run of the loop has
 * @param repeats how often each stage is timed
 */
public record BenchmarkPlan(
    List<PictureSize> sizes,
    List<Integer> batchSizes,
    List<ComputeOptions> compute,
    int steps,
    int repeats) {
  private static final int MOST_REPEATS = 1000;

  /** Checks what can be known without a model. */
  public BenchmarkPlan {
    sizes = List.copyOf(sizes);
    batchSizes = List.copyOf(batchSizes);
    compute = List.copyOf(compute);
    batchSizes.forEach(
        size -> {
          if (size < 1) {
            throw new InvalidRequestException("a batch size must be at least 1, not " + size);
          }
        });
    if (steps < 1) {
      throw new InvalidRequestException("steps must be at least 1, not " + steps);
    }
    if (repeats < 1 || repeats > MOST_REPEATS) {
      throw new InvalidRequestException(
          "repeats must be 1 to " + MOST_REPEATS + ", not " + repeats);
    }
  }
}
