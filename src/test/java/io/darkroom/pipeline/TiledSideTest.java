package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TiledSideTest {
  private static final TiledSide.Overlap OVERLAP = new TiledSide.Overlap(24, 8);

  @Test
  void aShortSideIsOneTile() {
    TiledSide side = TiledSide.of(256, 256, OVERLAP, 1);
    assertEquals(new TiledSide(256, 256, List.of(0), 8), side);
    float[] ones = new float[512];
    Arrays.fill(ones, 1);
    assertArrayEquals(ones, side.weights(0, 2));
  }

  @Test
  void tilesAreAsFewAndAsShortAsCanBe() {
    assertEquals(new TiledSide(257, 157, List.of(0, 100), 8), TiledSide.of(257, 256, OVERLAP, 1));
    // 1000 = 5 tiles of 256 less 4 overlaps of 56, and 56 to spare.
    assertEquals(
        new TiledSide(1000, 245, List.of(0, 188, 377, 566, 755), 8),
        TiledSide.of(1000, 256, OVERLAP, 1));
  }

  @Test
  void whateverTheLengthTheTilesCoverItAndTheirWeightsSumUpToOne() {
    for (int grid : new int[] {1, 2, 4}) {
      for (int cells = 1; cells < 900; cells += 7) {
        int length = cells * grid;
        TiledSide side = TiledSide.of(length, 256, OVERLAP, grid);
        double[] sums = new double[3 * length];
        for (int i = 0; i < side.count(); i++) {
          assertEquals(0, side.starts().get(i) % grid);
          float[] weights = side.weights(i, 3);
          assertEquals(3 * side.tile(), weights.length);
          for (int k = 0; k < weights.length; k++) {
            sums[3 * side.starts().get(i) + k] += weights[k];
          }
          assertEnds(side, i, weights);
        }
        for (double sum : sums) {
          assertEquals(1, sum, 1e-6, "length " + length);
        }
      }
    }
  }

  /** What lacks context counts for nothing. */
  private static void assertEnds(TiledSide side, int index, float[] weights) {
    int context = 3 * OVERLAP.context();
    for (int k = 0; k < context; k++) {
      if (index > 0) {
        assertEquals(0, weights[k]);
      }
      if (index < side.count() - 1) {
        assertEquals(0, weights[weights.length - 1 - k]);
      }
    }
    assertTrue(side.tile() <= 256);
  }

  @Test
  void tilesThatAreNothingButOverlapAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> TiledSide.of(500, 112, OVERLAP, 1));
  }
}
