package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * First values of a new model's weights: ones and zeros for norms, a normal distribution of 0.02
 * for tables, zeros for the last layer of each residual block and transformer, so that each begins
 * as the identity, and for the rest PyTorch's own uniform distribution of 1/sqrt(inputs).
 */
final class Initializer {
  private static final double TABLE_DEVIATION = 0.02;

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
    return manager.randomUniform(-bound, bound, shape);
  }
}
