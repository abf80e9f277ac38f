package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.training.scene.Scene;
import io.darkroom.training.scene.SceneRenderer;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.util.List;
import java.util.SplittableRandom;

/** Rendered scenes as the autoencoder takes them. */
final class SceneImages {
  private final SceneRenderer renderer = new SceneRenderer();

  /**
   * Renders whole pictures.
   *
   * @param scenes what to show
   * @return {@code [scenes, 3, size, size]} as one row of numbers, -1 to 1
   */
  float[] render(List<Scene> scenes) {
    int size = SceneModel.IMAGE_SIZE;
    float[] values = new float[scenes.size() * 3 * size * size];
    for (int i = 0; i < scenes.size(); i++) {
      copySquare(scenes.get(i), 0, 0, size, values, i);
    }
    return values;
  }

  /**
   * Renders pictures and cuts a square out of each.
   *
   * @param scenes what to show
   * @param crop the square's side
   * @param random decides where
   * @return {@code [scenes, 3, crop, crop]} as one row of numbers, -1 to 1
   */
  float[] renderCrops(List<Scene> scenes, int crop, SplittableRandom random) {
    float[] values = new float[scenes.size() * 3 * crop * crop];
    int range = SceneModel.IMAGE_SIZE - crop + 1;
    for (int i = 0; i < scenes.size(); i++) {
      copySquare(scenes.get(i), random.nextInt(range), random.nextInt(range), crop, values, i);
    }
    return values;
  }

  private void copySquare(Scene scene, int left, int top, int side, float[] values, int index) {
    BufferedImage image = renderer.render(scene, SceneModel.IMAGE_SIZE);
    int[] pixels = ((DataBufferInt) image.getRaster().getDataBuffer()).getData();
    int plane = side * side;
    int start = index * 3 * plane;
    for (int p = 0; p < plane; p++) {
      int pixel = pixels[(top + p / side) * SceneModel.IMAGE_SIZE + left + p % side];
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
