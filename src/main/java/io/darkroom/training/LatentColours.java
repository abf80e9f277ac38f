package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * The linear map from a latent to colours that comes closest to small renders, by least squares:
 * for previews without the decoder.
 */
final class LatentColours {
  private static final int SCENES = 400;
  private static final int BATCH = 20;
  private static final int FACTOR = 8;

  private final int inputs;
  private final double[][] squares;
  private final double[][] products;

  private LatentColours(int channels) {
    inputs = channels + 1; // and a constant 1, for the bias
    squares = new double[inputs][inputs];
    products = new double[inputs][3];
  }

  /**
   * Fits the map to a training set.
   *
   * @param latents the set
   * @param manager for what is needed on the way
   * @return a row of red, green and blue, -1 to 1, for each channel, and last the bias
   */
  static double[][] fit(CaptionedLatents latents, NDManager manager) {
    SceneImages images = new SceneImages();
    return fit(
        4,
        SceneModel.IMAGE_SIZE / FACTOR,
        (indices, scratch) -> latents.batch(indices, scratch),
        (start, end) -> images.render(latents.scenes().subList(start, end)),
        manager);
  }

  /**
   * Fits the map to the training set of the larger model.
   *
   * @param latents the set
   * @param manager for what is needed on the way
   * @return as above
   */
  static double[][] fit(LatentShards latents, NDManager manager) {
    SceneryImages images = new SceneryImages();
    return fit(
        SceneryModel.LATENT_CHANNELS,
        SceneryModel.LATENT_SIZE,
        (indices, scratch) -> latents.batch(indices, scratch),
        (start, end) -> images.render(latents.scenes().subList(start, end)),
        manager);
  }

  /** Gives scaled latents. */
  private interface Latents {
    NDArray batch(int[] indices, NDManager manager);
  }

  /** Gives rendered pictures. */
  private interface Pictures {
    float[] render(int start, int end);
  }

  private static double[][] fit(
      int channels, int side, Latents latents, Pictures pictures, NDManager manager) {
    LatentColours colours = new LatentColours(channels);
    for (int start = 0; start < SCENES; start += BATCH) {
      int[] indices = java.util.stream.IntStream.range(start, start + BATCH).toArray();
      try (NDManager scratch = manager.newSubManager();
          NDArray batch = latents.batch(indices, scratch)) {
        float[] values = batch.toFloatArray();
        float[] small = averages(pictures.render(start, start + BATCH), 3 * BATCH, side);
        colours.add(values, small, BATCH, side * side);
      }
    }
    return colours.solve();
  }

  /** Each plane's squares of 8 by 8 pixels, averaged. */
  private static float[] averages(float[] planes, int count, int side) {
    int size = side * FACTOR;
    float[] means = new float[count * side * side];
    for (int i = 0; i < planes.length; i++) {
      int plane = i / (size * size);
      int y = i / size % size / FACTOR;
      int x = i % size / FACTOR;
      means[(plane * side + y) * side + x] += planes[i] / (FACTOR * FACTOR);
    }
    return means;
  }

  private void add(float[] latents, float[] colours, int pictures, int plane) {
    double[] input = new double[inputs];
    double[] output = new double[3];
    for (int picture = 0; picture < pictures; picture++) {
      for (int pixel = 0; pixel < plane; pixel++) {
        for (int channel = 0; channel < inputs - 1; channel++) {
          input[channel] = latents[(picture * (inputs - 1) + channel) * plane + pixel];
        }
        input[inputs - 1] = 1;
        for (int colour = 0; colour < 3; colour++) {
          output[colour] = colours[(picture * 3 + colour) * plane + pixel];
        }
        add(input, output);
      }
    }
  }

  private void add(double[] input, double[] output) {
    for (int i = 0; i < input.length; i++) {
      for (int j = 0; j < input.length; j++) {
        squares[i][j] += input[i] * input[j];
      }
      for (int colour = 0; colour < 3; colour++) {
        products[i][colour] += input[i] * output[colour];
      }
    }
  }

  /** The normal equations, by Gaussian elimination; they are positive definite. */
  private double[][] solve() {
    for (int column = 0; column < inputs; column++) {
      for (int row = 0; row < inputs; row++) {
        if (row != column) {
          double factor = squares[row][column] / squares[column][column];
          for (int i = column; i < inputs; i++) {
            squares[row][i] -= factor * squares[column][i];
          }
          for (int colour = 0; colour < 3; colour++) {
            products[row][colour] -= factor * products[column][colour];
          }
        }
      }
    }
    for (int row = 0; row < inputs; row++) {
      for (int colour = 0; colour < 3; colour++) {
        products[row][colour] /= squares[row][row];
      }
    }
    return products;
  }

  /**
   * Fits the map to single pixels.
   *
   * @param inputs a latent's channels each
   * @param outputs red, green and blue each
   * @return as {@link #fit}
   */
  static double[][] fit(double[][] inputs, double[][] outputs) {
    LatentColours colours = new LatentColours(inputs[0].length);
    for (int i = 0; i < inputs.length; i++) {
      double[] extended = java.util.Arrays.copyOf(inputs[i], inputs[i].length + 1);
      extended[inputs[i].length] = 1;
      colours.add(extended, outputs[i]);
    }
    return colours.solve();
  }
}
