package io.darkroom.pipeline;

import io.darkroom.image.RgbImage;
import java.util.Arrays;

/**
 * Puts a picture together from tiles that fade into each other. Beside the picture itself no more
 * than one row of tiles is kept. Tiles come row by row, from the left and from the top.
 */
final class TiledPicture {
  private static final int CHANNELS = 3;

  private final TiledSide columns;
  private final TiledSide rows;
  private final int factor;
  private final int width;
  private final byte[] rgb;

  /** What the tiles of this row gave so far, {@code [tile height, width, 3]}. */
  private final float[] band;

  /**
   * Begins a picture.
   *
   * @param columns how its width is cut
   * @param rows how its height is cut
   * @param factor how many pixels of the picture a pixel of the sides stands for
   */
  TiledPicture(TiledSide columns, TiledSide rows, int factor) {
    this.columns = columns;
    this.rows = rows;
    this.factor = factor;
    this.width = columns.length() * factor;
    this.rgb = new byte[CHANNELS * width * rows.length() * factor];
    this.band = new float[CHANNELS * width * rows.tile() * factor];
  }

  /**
   * Adds a tile.
   *
   * @param column its place in its row, from 0
   * @param row its row, from 0
   * @param values black 0 and white 1, {@code [3, height, width]} of the tile's result
   */
  void add(int column, int row, float[] values) {
    int plane = columns.tile() * rows.tile() * factor * factor;
    add(column, row, (place, channel) -> values[channel * plane + place]);
  }

  /**
   * Adds a tile that is a picture already.
   *
   * @param column its place in its row, from 0
   * @param row its row, from 0
   * @param picture the tile's result
   */
  void add(int column, int row, RgbImage picture) {
    add(column, row, (place, channel) -> (picture.rgb()[CHANNELS * place + channel] & 0xFF) / 255f);
  }

  /** Tells a value of a tile: black 0 and white 1. */
  @FunctionalInterface
  private interface Values {
    float at(int place, int channel);
  }

  private void add(int column, int row, Values values) {
    float[] across = columns.weights(column, factor);
    float[] down = rows.weights(row, factor);
    int left = columns.starts().get(column) * factor;
    for (int y = 0; y < down.length; y++) {
      for (int x = 0; x < across.length; x++) {
        float weight = down[y] * across[x];
        if (weight > 0) {
          int target = CHANNELS * (y * width + left + x);
          int source = y * across.length + x;
          for (int channel = 0; channel < CHANNELS; channel++) {
            float value = Math.max(0, Math.min(1, values.at(source, channel)));
            band[target + channel] += weight * value;
          }
        }
      }
    }
    if (column == columns.count() - 1) {
      finish(row);
    }
  }

  /** What the next row's tiles add to stays; all above it is done. */
  private void finish(int row) {
    boolean isLast = row == rows.count() - 1;
    int first = rows.starts().get(row) * factor;
    int next = isLast ? rows.length() * factor : rows.starts().get(row + 1) * factor;
    int done = CHANNELS * width * (next - first);
    int target = CHANNELS * width * first;
    for (int i = 0; i < done; i++) {
      rgb[target + i] = (byte) Math.rint(band[i] * 255);
    }
    if (!isLast) {
      System.arraycopy(band, done, band, 0, band.length - done);
      Arrays.fill(band, band.length - done, band.length, 0);
    }
  }

  /**
   * Cuts off what was added to the right and below.
   *
   * @param visibleWidth pixels, at most all
   * @param visibleHeight pixels, at most all
   * @return the picture
   */
  RgbImage picture(int visibleWidth, int visibleHeight) {
    if (visibleWidth == width && visibleHeight == rgb.length / CHANNELS / width) {
      return new RgbImage(width, visibleHeight, rgb);
    }
    byte[] visible = new byte[CHANNELS * visibleWidth * visibleHeight];
    for (int y = 0; y < visibleHeight; y++) {
      System.arraycopy(
          rgb, CHANNELS * y * width, visible, CHANNELS * y * visibleWidth, CHANNELS * visibleWidth);
    }
    return new RgbImage(visibleWidth, visibleHeight, visible);
  }
}
