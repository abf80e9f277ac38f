package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneRenderer;
import io.darkroom.training.scenery.SceneSampler;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Rendered scenes as networks take them. */
final class SceneryImages {
  private static final int SIZE = SceneryModel.IMAGE_SIZE;

  /** Squares cut out of a picture. */
  private static final int EACH = 4;

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
        .forEach(i -> copySquare(pixels(scenes.get(i)), 0, 0, SIZE, values, i));
    return values;
  }

  /**
   * Renders pictures and cuts squares out of them, four of each.
   *
   * @param sampler draws the scenes
   * @param count of the squares, a multiple of four
   * @param crop the squares' side
   * @param random decides what and where
   * @return {@code [count, 3, crop, crop]} as one row of numbers, -1 to 1
   */
  float[] renderCrops(SceneSampler sampler, int count, int crop, SplittableRandom random) {
    float[] values = new float[count * 3 * crop * crop];
    int range = SIZE - crop + 1;
    List<Scene> scenes = Stream.generate(() -> sampler.next(random)).limit(count / EACH).toList();
    int[] left = random.ints(count, 0, range).toArray();
    // Two of three squares lie in the lower part of the picture, where the objects are.
    int[] top =
        IntStream.generate(() -> Math.max(random.nextInt(range), random.nextInt(range)))
            .limit(count)
            .toArray();
    IntStream.range(0, count / EACH)
        .parallel()
        .forEach(
            i -> {
              int[] pixels = pixels(scenes.get(i));
              for (int j = EACH * i; j < EACH * (i + 1); j++) {
                copySquare(pixels, left[j], top[j], crop, values, j);
              }
            });
    return values;
  }

  private int[] pixels(Scene scene) {
    BufferedImage image = renderer.render(scene, SIZE, SIZE);
    return ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
  }

  private static void copySquare(
      int[] pixels, int left, int top, int side, float[] values, int index) {
    int plane = side * side;
    int start = index * 3 * plane;
    for (int p = 0; p < plane; p++) {
      int pixel = pixels[(top + p / side) * SIZE + left + p % side];
      values[start + p] = unit(pixel >> 16);
      values[start + plane + p] = unit(pixel >> 8);
      values[start + 2 * plane + p] = unit(pixel);
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
