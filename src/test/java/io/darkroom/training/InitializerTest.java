package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InitializerTest {

  @Test
  void vectorsAreOrthonormal() {
    double[][] vectors = Initializer.orthonormal(16, 16, new SplittableRandom(1));
    for (int i = 0; i < vectors.length; i++) {
      for (int j = 0; j <= i; j++) {
        double product = 0;
        for (int k = 0; k < 16; k++) {
          product += vectors[i][k] * vectors[j][k];
        }
        assertEquals(i == j ? 1 : 0, product, 1e-12);
      }
    }
  }

  /** A plain surface passes a halving convolution with its channels' length, but for the noise. */
  @Test
  void whatLiesOnTheWayLetsAllChannelsThrough() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("down.downsamplers.0.conv.weight", new long[] {64, 64, 3, 3});
    shapes.put("resnets.0.conv1.weight", new long[] {64, 64, 3, 3});
    shapes.put("resnets.0.conv2.weight", new long[] {64, 64, 3, 3});
    shapes.put("norm.weight", new long[] {64});
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, NDArray> weights = Initializer.initialize(shapes, manager);
      float[] down = weights.get("down.downsamplers.0.conv.weight").toFloatArray();
      float[] other = weights.get("resnets.0.conv1.weight").toFloatArray();
      double lengths = 0;
      double otherLengths = 0;
      for (int in = 0; in < 64; in++) {
        lengths += length(down, in);
        otherLengths += length(other, in);
      }
      assertTrue(lengths / 64 > 1 && lengths / 64 < 1.5, "length " + lengths / 64);
      assertTrue(otherLengths / 64 < 0.7, "length " + otherLengths / 64);
      assertEquals(0, weights.get("resnets.0.conv2.weight").abs().sum().getFloat());
      assertEquals(64, weights.get("norm.weight").sum().getFloat());
    }
  }

  /** The length of what comes out when one channel is 1 everywhere. */
  private static double length(float[] kernel, int in) {
    double squares = 0;
    for (int out = 0; out < 64; out++) {
      double sum = 0;
      for (int tap = 0; tap < 9; tap++) {
        sum += kernel[(out * 64 + in) * 9 + tap];
      }
      squares += sum * sum;
    }
    return Math.sqrt(squares);
  }
}
