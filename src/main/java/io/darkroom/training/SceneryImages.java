package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneRenderer;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** Rendered scenes as networks take them. */
final class SceneryImages {
  private static final int SIZE = SceneryModel.IMAGE_SIZE;

  private final SceneRenderer renderer = new SceneRenderer();

  /**
   * Renders whole pictures.
   *
   * @param scenes what to show
   * @return {@code [scenes, 3, size, size]} as one row of numbers, -1 to 1
   */
  float[] render(List<Scene> scenes) {
    float[] values = new float[scenes.size() * 3 * SIZE * SIZE];
    IntStream.range(0, scenes.size())
        .parallel()
        .forEach(i -> copy(pixels(scenes.get(i)), values, i));
    return values;
  }

  /**
   * Renders pictures and cuts squares out of them at random.
   *
   * @param scenes what to show
   * @param squares how many; each picture gives nearly equally many
   * @param side of the squares
   * @param random decides the places
   * @return {@code [squares, 3, side, side]} as one row of numbers, -1 to 1
   */
  float[] renderSquares(List<Scene> scenes, int squares, int side, RandomGenerator random) {
    float[] whole = render(scenes);
    if (side == SIZE && squares == scenes.size()) {
      return whole;
    }
    float[] values = new float[squares * 3 * side * side];
    for (int square = 0; square < squares; square++) {
      int left = random.nextInt(SIZE - side + 1);
      int top = random.nextInt(SIZE - side + 1);
      for (int channel = 0; channel < 3; channel++) {
        int from = ((square % scenes.size() * 3 + channel) * SIZE + top) * SIZE + left;
        int to = (square * 3 + channel) * side * side;
        for (int row = 0; row < side; row++) {
          System.arraycopy(whole, from + row * SIZE, values, to + row * side, side);
        }
      }
    }
    return values;
  }

  private int[] pixels(Scene scene) {
    BufferedImage image = renderer.render(scene, SIZE, SIZE);
    return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
  }

  private static void copy(int[] pixels, float[] values, int index) {
    int plane = SIZE * SIZE;
    int start = index * 3 * plane;
    for (int p = 0; p < plane; p++) {
      values[start + p] = unit(pixels[p] >> 16);
      values[start + plane + p] = unit(pixels[p] >> 8);
      values[start + 2 * plane + p] = unit(pixels[p]);
    }
  }

  /**
   * Makes an array of rendered numbers.
   *
   * @param values from one of the methods above
   * @param side of the squares
   * @param manager where the array lives
   * @return {@code [scenes, 3, side, side]}
   */
  static NDArray toArray(float[] values, int side, NDManager manager) {
    return manager.create(values, new Shape(values.length / (3L * side * side), 3, side, side));
  }

  private static float unit(int channel) {
    return (channel & 0xFF) / 127.5f - 1;
  }
}
