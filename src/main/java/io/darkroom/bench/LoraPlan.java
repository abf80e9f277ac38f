package io.darkroom.bench;

import io.darkroom.request.InvalidRequestException;
import java.util.List;

/**
 * How many random LoRAs are merged into the model, one number after the other.
 *
 * @param counts how many at once; if empty, merging is not measured
 * @param rank of each
 */
public record LoraPlan(List<Integer> counts, int rank) {
  /** Merging is not measured. */
  public static final LoraPlan NONE = new LoraPlan(List.of(), 1);

  private static final int MOST = 100;
  private static final int HIGHEST_RANK = 1024;

  /** Checks the numbers. */
  public LoraPlan {
    counts = List.copyOf(counts);
    for (int count : counts) {
      if (count < 0 || count > MOST) {
        throw new InvalidRequestException("LoRAs must be 0 to " + MOST + ", not " + count);
      }
    }
    if (rank < 1 || rank > HIGHEST_RANK) {
      throw new InvalidRequestException(
          "the LoRAs' rank must be 1 to " + HIGHEST_RANK + ", not " + rank);
    }
  }
}
