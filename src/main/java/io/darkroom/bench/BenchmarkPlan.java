package io.darkroom.bench;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;

/**
 * What to measure: every combination of the lists.
 *
 * @param sizes of the pictures; if empty, the model's own
 * @param batchSizes how many pictures are made together
 * @param chunks how many chunks the prompt has
 * @param steps how many steps a run of the loop has
 * @param loras what is merged into the model
 * @param compute where and in which precisions, one or more
 * @param repeats how often each stage is timed
 */
public record BenchmarkPlan(
    List<PictureSize> sizes,
    List<Integer> batchSizes,
    List<Integer> chunks,
    List<Integer> steps,
    LoraPlan loras,
    List<ComputeOptions> compute,
    int repeats) {
  private static final int MOST_CHUNKS = 100;
  private static final int MOST_REPEATS = 1000;

  /** Checks what can be known without a model. */
  public BenchmarkPlan {
    sizes = List.copyOf(sizes);
    batchSizes = List.copyOf(batchSizes);
    chunks = List.copyOf(chunks);
    steps = List.copyOf(steps);
    compute = List.copyOf(compute);
    batchSizes.forEach(size -> requirePositive("a batch size", size));
    for (int count : chunks) {
      if (count < 1 || count > MOST_CHUNKS) {
        throw new InvalidRequestException("chunks must be 1 to " + MOST_CHUNKS + ", not " + count);
      }
    }
    steps.forEach(count -> requirePositive("steps", count));
    if (repeats < 1 || repeats > MOST_REPEATS) {
      throw new InvalidRequestException(
          "repeats must be 1 to " + MOST_REPEATS + ", not " + repeats);
    }
  }

  private static void requirePositive(String what, int number) {
    if (number < 1) {
      throw new InvalidRequestException(what + " must be at least 1, not " + number);
    }
  }

  /**
   * One pass through the lists that need no other weights.
   *
   * @param own the model's own size
   * @return a row each
   */
  List<Workload> workloads(PictureSize own) {
    List<Workload> workloads = new ArrayList<>();
    for (PictureSize size : sizes.isEmpty() ? List.of(own) : sizes) {
      for (int pictures : batchSizes) {
        for (int count : chunks) {
          steps.forEach(number -> workloads.add(new Workload(size, pictures, count, number)));
        }
      }
    }
    return workloads;
  }
}
