package io.darkroom.sampling;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.OpenResources;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * A step's arithmetic: weighted sums of tensors of one shape, written down first and then worked
 * out in a single call to the engine.
 *
 * <p>That is more than thrift. DJL makes a tensor of every number that it multiplies by, and on a
 * GPU copies it there from ordinary memory, which waits for all work that was begun. Here numbers
 * travel as numbers. Each product and each sum is rounded to float32, in the order in which the
 * terms were added, whatever the device.
 */
final class FusedUpdate {
  private static final String COMPUTE = "compute";

  /** A row of the program is: wanted or not, the bound or 0, how many terms, the terms. */
  private static final String SOURCE =
      """
        def compute(self: __torch__.M, w: List[Tensor], given: List[Tensor],
            program: List[float]) -> List[Tensor]:
          known = annotate(List[Tensor], [])
          for tensor in given:
            _0 = torch.append(known, tensor)
          wanted = annotate(List[Tensor], [])
          at = 0
          while at < torch.len(program):
            sum = torch.mul(known[int(program[at + 3])], program[at + 4])
            for i in range(int(program[at + 2]) - 1):
              term = at + 5 + 2 * i
              scaled = torch.mul(known[int(program[term])], program[term + 1])
              sum = torch.add(sum, scaled)
            bound = program[at + 1]
            if bound > 0.:
              sum = torch.clamp(sum, -bound, bound)
            _1 = torch.append(known, sum)
            if program[at] > 0.:
              _2 = torch.append(wanted, sum)
            at = at + 3 + 2 * int(program[at + 2])
          return wanted
      """;

  private final List<NDArray> given = new ArrayList<>();
  private final List<NDArray> drawn = new ArrayList<>();
  private final List<Sum> sums = new ArrayList<>();
  private final Operand latents;
  private final Operand prediction;

  /** The code, which holds no tensor and so serves every device; loaded at the first use. */
  private static final class Engine {
    static final LoadedModule MODULE = load();

    private static LoadedModule load() {
      Script script = new Script(Precision.FLOAT32);
      script.raw(SOURCE);
      return LoadedModule.load(
          script,
          NDManager.newBaseManager(Device.cpu(), "PyTorch"),
          (name, manager) -> manager.create(0));
    }
  }

  /** Something to be multiplied and added. */
  sealed interface Operand {}

  private record Given(int index) implements Operand {}

  /** A weighted sum, perhaps clipped. */
  static final class Sum implements Operand {
    private final int row;
    private final List<Operand> operands = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();
    private double bound;

    private Sum(int row) {
      this.row = row;
    }

    /**
     * Adds a term. One of weight 0 is left out rather than computed: 0 times an infinity is no
     * number.
     *
     * @param operand a tensor, or a sum begun before this one
     * @param weight its weight
     * @return this
     */
    Sum plus(Operand operand, double weight) {
      if (weight != 0) {
        operands.add(operand);
        weights.add(weight);
      }
      return this;
    }

    /**
     * Clips the sum.
     *
     * @param largest magnitude, above 0
     * @return this
     */
    Sum clipped(double largest) {
      bound = largest;
      return this;
    }
  }

  /**
   * Begins with what every step begins with.
   *
   * @param latents float32 [batch, channels, height, width]
   * @param prediction the model's output, of the same shape and type
   */
  FusedUpdate(NDArray latents, NDArray prediction) {
    this.latents = given(latents);
    this.prediction = given(prediction);
  }

  /** The latents. */
  Operand latents() {
    return latents;
  }

  /** The prediction. */
  Operand prediction() {
    return prediction;
  }

  /**
   * Takes another tensor in.
   *
   * @param tensor of the same shape; still the caller's
   * @return the tensor as an operand
   */
  Operand given(NDArray tensor) {
    given.add(tensor);
    return new Given(given.size() - 1);
  }

  /**
   * Takes the next draw in, which is closed after use.
   *
   * @param noise the run's
   * @return the draw as an operand
   */
  Operand drawn(Noise noise) {
    NDArray draw = noise.next();
    drawn.add(draw);
    return given(draw);
  }

  /**
   * Begins a sum.
   *
   * @return 0, until terms are added
   */
  Sum sum() {
    Sum sum = new Sum(sums.size());
    sums.add(sum);
    return sum;
  }

  /**
   * Begins a sum with a combination of latents and prediction.
   *
   * @param combination the weights
   * @return the sum
   */
  Sum combination(LinearCombination combination) {
    return combination(combination, latents, prediction);
  }

  /**
   * Begins a sum with a combination of two operands.
   *
   * @param combination the weights
   * @param first takes the latents' place
   * @param second takes the prediction's place
   * @return the sum
   */
  Sum combination(LinearCombination combination, Operand first, Operand second) {
    return sum().plus(first, combination.latents()).plus(second, combination.prediction());
  }

  /**
   * Works out a single sum.
   *
   * @param wanted the sum
   * @return a new array in the latents' manager
   */
  NDArray compute(Sum wanted) {
    return compute(new Sum[] {wanted})[0];
  }

  /**
   * Works out the sums; four calls to the engine.
   *
   * @param wanted which of them to give, in the order in which they were begun
   * @return new arrays in the latents' manager
   */
  NDArray[] compute(Sum... wanted) {
    try (EngineValue operands = EngineValue.ofTensors(given);
        EngineValue program = EngineValue.ofNumbers(program(Arrays.asList(wanted)));
        EngineValue results = Engine.MODULE.call(COMPUTE, operands, program)) {
      return results.tensors(given.get(0).getManager()).toArray(NDArray[]::new);
    } finally {
      OpenResources.closeAll(drawn);
    }
  }

  private double[] program(List<Sum> wanted) {
    DoubleStream.Builder program = DoubleStream.builder();
    for (Sum sum : sums) {
      if (sum.operands.isEmpty()) {
        sum.operands.add(prediction);
        sum.weights.add(0.0);
      }
      program.add(wanted.contains(sum) ? 1 : 0).add(sum.bound).add(sum.operands.size());
      for (int i = 0; i < sum.operands.size(); i++) {
        program.add(index(sum.operands.get(i))).add(sum.weights.get(i));
      }
    }
    return program.build().toArray();
  }

  private int index(Operand operand) {
    return operand instanceof Given tensor ? tensor.index() : given.size() + ((Sum) operand).row;
  }
}
