package io.darkroom.pipeline;

/**
 * How pictures are cut into tiles.
 *
 * @param longest the longest side of a tile
 * @param overlap of neighbours
 */
record Tiling(int longest, TiledSide.Overlap overlap) {
  /**
   * Cuts a side.
   *
   * @param length of the side, a multiple of {@code grid}
   * @param grid what all starts and the tiles' length are to be multiples of
   * @return the tiles
   */
  TiledSide side(int length, int grid) {
    return TiledSide.of(length, longest, overlap, grid);
  }

  /**
   * The same with shorter tiles.
   *
   * @param side the longest side
   * @return the tiling
   */
  Tiling atMost(int side) {
    return new Tiling(Math.min(longest, side), overlap);
  }
}
