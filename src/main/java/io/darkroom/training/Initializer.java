package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * First values of a new model's weights: ones and zeros for norms, a normal distribution of 0.02
 * for tables, zeros for the last layer of each residual block and transformer, so that each begins
 * as the identity, and for the rest PyTorch's own uniform distribution of 1/sqrt(inputs).
 *
 * <p>To the convolutions that lie on the way past the residual blocks comes an orthogonal matrix in
 * the kernel's middle (Xiao et al., arXiv 1806.05393). So all channels get through from the first
 * step on; without it they come one after the other, hundreds of steps each.
 */
final class Initializer {
  private static final double TABLE_DEVIATION = 0.02;

  /** The convolutions that no residual block goes around. */
  private static final Pattern ON_THE_WAY =
      Pattern.compile(
          "(.*\\.)?(conv_in|conv_out|conv_shortcut|quant_conv|post_quant_conv|\\w+samplers\\.0\\.conv)\\.weight");

  private Initializer() {}

  /**
   * Makes the weights of a model.
   *
   * @param shapes shapes by name
   * @param manager where they live
   * @return weights by name
   */
  static Map<String, NDArray> initialize(Map<String, long[]> shapes, NDManager manager) {
    Map<String, NDArray> weights = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> weights.put(name, initialize(name, shapes, manager)));
    return weights;
  }

  private static NDArray initialize(String name, Map<String, long[]> shapes, NDManager manager) {
    Shape shape = new Shape(shapes.get(name));
    if (name.matches(".*norm\\w*\\.weight")) {
      return manager.ones(shape);
    }
    if (name.matches(".*norm\\w*\\.bias|.*(conv2|proj_out)\\.(weight|bias)")) {
      return manager.zeros(shape);
    }
    if (name.contains("embedding.weight")) {
      return manager.randomNormal(shape).mul(TABLE_DEVIATION);
    }
    long[] kernel = shapes.get(name.replaceAll("\\.bias$", ".weight"));
    long inputs = 1;
    for (int i = 1; i < kernel.length; i++) {
      inputs *= kernel[i];
    }
    float bound = (float) (1 / Math.sqrt((double) inputs));
    NDArray weight = manager.randomUniform(-bound, bound, shape);
    if (!ON_THE_WAY.matcher(name).matches()) {
      return weight;
    }
    float[] values = weight.toFloatArray();
    addOrthogonal(
        values, kernel, name.contains("downsamplers"), new SplittableRandom(name.hashCode()));
    weight.close();
    return manager.create(values, shape);
  }

  /**
   * Adds a matrix with orthonormal rows or columns, whichever are fewer, to a kernel.
   *
   * @param values the kernel's, {@code [out, in, height, width]}
   * @param shape its shape
   * @param halves whether it halves the size: then the matrix is spread over two by two pixels
   * @param random where the matrix comes from
   */
  private static void addOrthogonal(
      float[] values, long[] shape, boolean halves, SplittableRandom random) {
    int out = (int) shape[0];
    int in = (int) shape[1];
    int side = (int) shape[2];
    double[][] rows = orthonormal(Math.min(out, in), Math.max(out, in), random);
    for (int o = 0; o < out; o++) {
      for (int i = 0; i < in; i++) {
        float value = (float) (out < in ? rows[o][i] : rows[i][o]);
        int start = (o * in + i) * side * side;
        if (halves) {
          for (int tap : new int[] {0, 1, side, side + 1}) {
            values[start + tap] += value / 4;
          }
        } else {
          values[start + side * side / 2] += value;
        }
      }
    }
  }

  /** Normal random vectors, made orthonormal one after the other (Gram and Schmidt). */
  static double[][] orthonormal(int count, int length, SplittableRandom random) {
    double[][] vectors = new double[count][length];
    for (int k = 0; k < count; k++) {
      double[] vector = vectors[k];
      for (int i = 0; i < length; i++) {
        vector[i] = random.nextGaussian();
      }
      // Twice, for the digits that the first time leaves.
      for (int again = 0; again < 2; again++) {
        for (int other = 0; other < k; other++) {
          double product = product(vector, vectors[other]);
          for (int i = 0; i < length; i++) {
            vector[i] -= product * vectors[other][i];
          }
        }
      }
      double norm = Math.sqrt(product(vector, vector));
      for (int i = 0; i < length; i++) {
        vector[i] /= norm;
      }
    }
    return vectors;
  }

  private static double product(double[] first, double[] second) {
    double sum = 0;
    for (int i = 0; i < first.length; i++) {
      sum += first[i] * second[i];
    }
    return sum;
  }
}
