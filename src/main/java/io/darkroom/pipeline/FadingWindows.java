package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Overlapping windows of latents, of which the U-Net sees one at a time. What it predicts is
 * averaged where they overlap (Bar-Tal et al., arXiv 2302.08113, equation 5), with weights that
 * fade towards a window's ends.
 */
final class FadingWindows {
  private final TiledSide columns;
  private final TiledSide rows;

  /** For each window how much each place of it counts, {@code [1, 1, height, width]}. */
  private final List<NDArray> weights = new ArrayList<>();

  /**
   * Cuts latents.
   *
   * @param columns their width
   * @param rows their height
   * @param scratch owns the weights
   */
  FadingWindows(TiledSide columns, TiledSide rows, NDManager scratch) {
    this.columns = columns;
    this.rows = rows;
    for (int i = 0; count() > 1 && i < count(); i++) {
      float[] across = columns.weights(column(i), 1);
      float[] down = rows.weights(row(i), 1);
      float[] both = new float[across.length * down.length];
      for (int k = 0; k < both.length; k++) {
        both[k] = down[k / across.length] * across[k % across.length];
      }
      weights.add(scratch.create(both, new Shape(1, 1, down.length, across.length)));
    }
  }

  private int count() {
    return columns.count() * rows.count();
  }

  private int column(int window) {
    return window % columns.count();
  }

  private int row(int window) {
    return window / columns.count();
  }

  /**
   * The place of a window.
   *
   * @param columns how the width is cut
   * @param rows how the height is cut
   * @param column the window's place across, from 0
   * @param row the window's place down, from 0
   * @return the index of its part of {@code [batch, channels, height, width]}
   */
  static NDIndex index(TiledSide columns, TiledSide rows, int column, int row) {
    int top = rows.starts().get(row);
    int left = columns.starts().get(column);
    return new NDIndex(
        ":, :, %d:%d, %d:%d".formatted(top, top + rows.tile(), left, left + columns.tile()));
  }

  /**
   * Predicts by windows.
   *
   * @param whole what is cut, each {@code [batch, channels, height, width]}, the latents first
   * @param prediction predicts for the parts in one window; its result is of the latents' part's
   *     shape
   * @param step owns the result
   * @return the average, of the whole size
   */
  NDArray averaged(
      List<NDArray> whole, Function<List<NDArray>, NDArray> prediction, NDManager step) {
    if (count() == 1) {
      return prediction.apply(whole);
    }
    Shape first = whole.get(0).getShape();
    NDArray sum =
        step.zeros(new Shape(first.get(0), first.get(1), rows.length(), columns.length()));
    for (int i = 0; i < count(); i++) {
      NDIndex index = index(columns, rows, column(i), row(i));
      try (NDManager window = step.newSubManager()) {
        List<NDArray> parts = new ArrayList<>();
        for (NDArray all : whole) {
          NDArray part = all.get(index);
          part.attach(window);
          parts.add(part);
        }
        NDArray predicted = prediction.apply(parts);
        predicted.attach(window);
        NDArray old = sum.get(index);
        old.attach(window);
        NDArray weighted = predicted.mul(weights.get(i));
        sum.set(index, old.add(weighted));
      }
    }
    return sum;
  }
}
