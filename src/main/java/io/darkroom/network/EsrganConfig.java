package io.darkroom.network;

import io.darkroom.base.ModelException;
import java.util.Map;

/**
 * The sizes of an {@link Esrgan} network, which no config tells: they follow from the names and
 * shapes of its weights.
 *
 * @param features channels of the features
 * @param growth channels that each layer of a dense block adds
 * @param blocks how many residual-in-residual dense blocks there are
 * @param doublings how often the features are enlarged to the double
 * @param unshuffle the side of the blocks of pixels that go in as channels; 1 for single pixels
 */
public record EsrganConfig(int features, int growth, int blocks, int doublings, int unshuffle) {
  /** Of the picture that goes in and of the one that comes out. */
  static final int IMAGE_CHANNELS = 3;

  private static final String FIRST = "conv_first.weight";

  /**
   * Reads the sizes.
   *
   * @param source the file, for messages
   * @param shapes each weight's shape, by the names of {@link Esrgan}
   * @return the sizes
   * @throws ModelException if the network does not take and give colours, or does not enlarge by a
   *     whole number
   */
  public static EsrganConfig of(String source, Map<String, long[]> shapes) {
    int in = dimension(source, shapes, FIRST, 1);
    int out = dimension(source, shapes, "conv_last.weight", 0);
    int unshuffle = (int) Math.round(Math.sqrt(in / (double) IMAGE_CHANNELS));
    if (out != IMAGE_CHANNELS || unshuffle < 1 || in != IMAGE_CHANNELS * unshuffle * unshuffle) {
      throw new ModelException(
          "%s: is an upscaler from %d to %d channels; Darkroom runs those for pictures in colour"
              .formatted(source, in, out));
    }
    int doublings = count(shapes, "conv_up%d.weight", 1);
    if ((1 << doublings) % unshuffle != 0) {
      throw new ModelException("%s: is an upscaler that makes pictures smaller".formatted(source));
    }
    return new EsrganConfig(
        dimension(source, shapes, FIRST, 0),
        dimension(source, shapes, "body.0.rdb1.conv1.weight", 0),
        count(shapes, "body.%d.rdb1.conv1.weight", 0),
        doublings,
        unshuffle);
  }

  private static int dimension(
      String source, Map<String, long[]> shapes, String name, int dimension) {
    long[] shape = shapes.getOrDefault(name, new long[0]);
    if (shape.length != 4) {
      throw new ModelException(
          source + ": the weight " + name + " is missing, or is not a convolution's");
    }
    return (int) shape[dimension];
  }

  private static int count(Map<String, long[]> shapes, String pattern, int first) {
    int count = 0;
    while (shapes.containsKey(pattern.formatted(first + count))) {
      count++;
    }
    return count;
  }

  /**
   * How much larger the picture becomes.
   *
   * @return the factor of each side: 1, 2, 4 or 8
   */
  public int factor() {
    return (1 << doublings) / unshuffle;
  }

  /**
   * How far a pixel of the result looks: what is further away in the picture that goes in has no
   * effect on it.
   *
   * @return pixels of the picture that goes in, rounded up
   */
  public int receptiveField() {
    int convolutions = 2 + blocks * Esrgan.DENSE_BLOCKS * Esrgan.DENSE_LAYERS;
    // One convolution at each doubled size, and two more at the last: together below 3 pixels.
    return (convolutions + 3) * unshuffle;
  }
}
