package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.DeviceWeights;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Program;
import io.darkroom.torchscript.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), the gradient's norm
 * clipped, and an exponential moving average of the weights: one call to the engine a step.
 */
final class AdamW implements AutoCloseable {
  /** The prefix of the averages in {@link #state}. */
  static final String AVERAGE = "average/";

  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.99;
  private static final double EPSILON = 1e-8;
  private static final double WEIGHT_DECAY = 0.01;
  private static final double GRADIENT_NORM = 1.0;

  private final Map<String, NDArray> weights;
  private final Map<String, NDArray> firstMoments = new LinkedHashMap<>();
  private final Map<String, NDArray> secondMoments = new LinkedHashMap<>();
  private final Map<String, NDArray> averages = new LinkedHashMap<>();
  private final DeviceWeights updated;
  private final Program program;

  /**
   * Creates the optimizer, at rest.
   *
   * @param weights what it updates, in place
   */
  AdamW(Map<String, NDArray> weights) {
    this.weights = weights;
    NDManager manager = weights.values().iterator().next().getManager();
    weights.forEach(
        (name, weight) -> {
          firstMoments.put(name, manager.zeros(weight.getShape()));
          secondMoments.put(name, manager.zeros(weight.getShape()));
          averages.put(name, weight.stopGradient().duplicate());
        });
    updated = DeviceWeights.of(weights.values());
    program = Program.compile(script(), manager, updated);
  }

  /**
   * The moving averages of the weights, the ones to keep.
   *
   * @return arrays by name
   */
  Map<String, NDArray> averages() {
    return averages;
  }

  /**
   * Everything that a later run must have to go on as if it had not stopped.
   *
   * @return arrays by name: weights, averages, both moments
   */
  Map<String, NDArray> state() {
    Map<String, NDArray> all = new LinkedHashMap<>();
    weights.forEach((name, array) -> all.put("weight/" + name, array));
    averages.forEach((name, array) -> all.put(AVERAGE + name, array));
    firstMoments.forEach((name, array) -> all.put("first_moment/" + name, array));
    secondMoments.forEach((name, array) -> all.put("second_moment/" + name, array));
    return all;
  }

  /**
   * Makes one step with the gradients that the weights have gathered.
   *
   * @param step the step's number, from 1
   * @param learningRate its learning rate
   * @param decay of the moving average
   */
  void step(int step, double learningRate, double decay) {
    try (EngineValue gradients = gradients();
        EngineValue first = EngineValue.ofTensors(firstMoments.values());
        EngineValue second = EngineValue.ofTensors(secondMoments.values());
        EngineValue average = EngineValue.ofTensors(averages.values());
        EngineValue number = EngineValue.of((double) step);
        EngineValue rate = EngineValue.of(learningRate);
        EngineValue keep = EngineValue.of(decay)) {
      program.call("step", gradients, first, second, average, number, rate, keep).close();
    }
  }

  private EngineValue gradients() {
    List<NDArray> gradients = weights.values().stream().map(NDArray::getGradient).toList();
    try {
      return EngineValue.ofTensors(gradients);
    } finally {
      gradients.forEach(NDArray::close);
    }
  }

  private static Script script() {
    Script script = new Script(Precision.FLOAT32);
    script.raw(
        """
          def step(self: __torch__.M, w: List[Tensor], g: List[Tensor], m: List[Tensor],
              v: List[Tensor], average: List[Tensor], number: float, rate: float,
              decay: float) -> Tensor:
            norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g)))
            scale = torch.clamp(torch.mul(torch.reciprocal(torch.add(norm, 1.e-6)), %s), None, 1.)
            torch._foreach_mul_(g, scale)
            torch._foreach_lerp_(m, g, %s)
            torch._foreach_mul_(v, %s)
            torch._foreach_addcmul_(v, g, g, %s)
            d = torch._foreach_div(v, 1. - (%s ** number))
            torch._foreach_sqrt_(d)
            torch._foreach_add_(d, %s)
            torch._foreach_mul_(w, 1. - rate * %s)
            torch._foreach_addcdiv_(w, m, d, -(rate / (1. - (%s ** number))))
            torch._foreach_lerp_(average, w, 1. - decay)
            torch._foreach_zero_(g)
            return norm
        """
            .formatted(
                GRADIENT_NORM, 1 - BETA1, BETA2, 1 - BETA2, BETA2, EPSILON, WEIGHT_DECAY, BETA1));
    return script;
  }

  @Override
  public void close() {
    program.close();
    updated.close();
  }
}
