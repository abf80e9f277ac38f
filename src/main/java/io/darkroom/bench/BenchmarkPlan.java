package io.darkroom.bench;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.HiresSize;
import io.darkroom.request.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What to measure: every combination of the lists.
 *
 * @param sizes of the pictures; if empty, the model's own
 * @param batchSizes how many pictures are made together
 * @param chunks how many chunks the prompt has
 * @param steps how many steps a run of the loop has
 * @param loras what is merged into the model
 * @param hires how large a second pass is, if one is to be measured after each row
 * @param compute where and in which precisions, one or more
 * @param repeats how often each stage is timed
 */
public record BenchmarkPlan(
    List<PictureSize> sizes,
    List<Integer> batchSizes,
    List<Integer> chunks,
    List<Integer> steps,
    LoraPlan loras,
    Optional<HiresSize> hires,
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
   * @param multiple what sides must be multiples of
   * @return a row each
   */
  List<Workload> workloads(PictureSize own, int multiple) {
    List<Workload> workloads = new ArrayList<>();
    for (PictureSize size : sizes.isEmpty() ? List.of(own) : sizes) {
      for (int pictures : batchSizes) {
        for (int count : chunks) {
          for (int number : steps) {
            workloads.add(new Workload(size, pictures, count, number, Optional.empty()));
            hires
                .map(wanted -> after(size, wanted, multiple))
                .map(large -> new Workload(large, pictures, count, number, Optional.of(size)))
                .ifPresent(workloads::add);
          }
        }
      }
    }
    return workloads;
  }

  private static PictureSize after(PictureSize size, HiresSize hires, int multiple) {
    io.darkroom.request.PictureSize large =
        hires.after(new io.darkroom.request.PictureSize(size.width(), size.height()), multiple);
    return new PictureSize(large.width(), large.height());
  }
}
