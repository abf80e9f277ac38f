package io.darkroom.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * A side of a picture, cut into overlapping tiles of one length. In the middle of each overlap lies
 * a seam, where one tile fades into the next. What a tile has near its ends does not count: there
 * it lacks the context that it would have in the whole picture.
 *
 * @param length of the side
 * @param tile the length of each tile
 * @param starts where each tile begins
 * @param blend the width of the fading at each seam
 */
record TiledSide(int length, int tile, List<Integer> starts, int blend) {
  /** Takes its own copy. */
  TiledSide {
    starts = List.copyOf(starts);
  }

  /**
   * How tiles overlap.
   *
   * @param context what each tile sees beyond the part of it that counts
   * @param blend the width of the fading between two tiles
   */
  record Overlap(int context, int blend) {
    /** How much two neighbours share at least. */
    int total() {
      return 2 * context + blend;
    }
  }

  /**
   * Cuts a side into as few tiles as suffice, and these as short as possible.
   *
   * @param length of the side, a multiple of {@code grid}
   * @param longest the longest that a tile may be, a multiple of {@code grid}
   * @param overlap how tiles overlap, multiples of {@code grid}
   * @param grid what all starts and the tiles' length are multiples of
   * @return the tiles; one where the side is no longer than that
   */
  static TiledSide of(int length, int longest, Overlap overlap, int grid) {
    if (length <= longest) {
      return new TiledSide(length, length, List.of(0), overlap.blend());
    }
    int shared = overlap.total();
    if (longest <= 2 * shared) {
      throw new IllegalArgumentException(
          "tiles of %d are too short to overlap by %d".formatted(longest, shared));
    }
    int count = ceilDiv(length - shared, longest - shared);
    int tile = ceilDiv(ceilDiv(length + (count - 1) * shared, count), grid) * grid;
    List<Integer> starts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long cells = (long) i * (length - tile) / grid / (count - 1);
      starts.add((int) cells * grid);
    }
    return new TiledSide(length, tile, starts, overlap.blend());
  }

  private static int ceilDiv(int dividend, int divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  /** How many tiles there are. */
  int count() {
    return starts.size();
  }

  /**
   * How much each place of a tile counts. Where tiles overlap, their weights sum up to 1.
   *
   * @param index the tile, from 0
   * @param factor how many places of the result a place of the side stands for
   * @return a weight for each place of the tile's result
   */
  float[] weights(int index, int factor) {
    float[] weights = new float[tile * factor];
    for (int i = 0; i < weights.length; i++) {
      double place = starts.get(index) + (i + 0.5) / factor;
      double weight = 1;
      if (index > 0) {
        weight *= risen(place - seam(index - 1));
      }
      if (index < count() - 1) {
        weight *= 1 - risen(place - seam(index));
      }
      weights[i] = (float) weight;
    }
    return weights;
  }

  /** The middle of what a tile shares with the next. */
  private double seam(int index) {
    return (starts.get(index) + tile + starts.get(index + 1)) / 2.0;
  }

  /** From 0 to 1 over the width of the fading. */
  private double risen(double distance) {
    return blend == 0 ? (distance < 0 ? 0 : 1) : Math.max(0, Math.min(1, distance / blend + 0.5));
  }
}
