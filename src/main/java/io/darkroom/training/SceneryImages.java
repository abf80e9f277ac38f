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
    for (int i = 0; i < scenes.size(); i++) {
      copySquare(pixels(scenes.get(i)), 0, 0, SIZE, values, i);
    }
    return values;
  }

  /**
   * Renders pictures and cuts squares out of them, two of each.
   *
   * @param sampler draws the scenes
   * @param count of the squares, even
   * @param crop the squares' side
   * @param random decides what and where
   * @return {@code [count, 3, crop, crop]} as one row of numbers, -1 to 1
   */
  float[] renderCrops(SceneSampler sampler, int count, int crop, SplittableRandom random) {
    float[] values = new float[count * 3 * crop * crop];
    int range = SIZE - crop + 1;
    for (int i = 0; i < count; i += 2) {
      int[] pixels = pixels(sampler.next(random));
      for (int j = i; j < i + 2; j++) {
        // Two of three squares lie in the lower part of the picture, where the objects are.
        int top = Math.max(random.nextInt(range), random.nextInt(range));
        copySquare(pixels, random.nextInt(range), top, crop, values, j);
      }
    }
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
