package io.darkroom.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import io.darkroom.torchscript.DeviceWeights;
import io.darkroom.torchscript.Program;
import io.darkroom.torchscript.Script;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * An emitted network whose weights are NDArrays that gather gradients. Its method {@code forward}
 * takes the weights and a batch and returns a list of tensors, the loss first.
 */
final class TrainableModule implements AutoCloseable {
  /** DJL hands arrays of this name over as one list argument. */
  private static final String LIST_ARGUMENT = "w[]";

  private final DeviceWeights none;
  private final Program program;
  private final NDManager manager;
  private final Map<String, NDArray> weights = new LinkedHashMap<>();
  private final Map<String, NDArray> learning = new LinkedHashMap<>();

  /**
   * Loads a network.
   *
   * @param script the network, with a method {@code forward}
   * @param manager where the weights live
   * @param initial the weights' first values
   */
  TrainableModule(Script script, NDManager manager, Map<String, NDArray> initial) {
    this(script, manager, initial, name -> true);
  }

  /**
   * Loads a network of which a part learns.
   *
   * @param script the network, with a method {@code forward}
   * @param manager where the weights live
   * @param initial the weights' first values
   * @param learns which weights gather gradients, by name
   */
  TrainableModule(
      Script script, NDManager manager, Map<String, NDArray> initial, Predicate<String> learns) {
    this.manager = manager;
    this.none = DeviceWeights.of(List.of());
    this.program = Program.compile(script, manager, none);
    for (String name : script.weightNames()) {
      NDArray weight = initial.get(name).duplicate();
      weight.attach(manager);
      weight.setName(LIST_ARGUMENT);
      weights.put(name, weight);
      if (learns.test(name)) {
        weight.setRequiresGradient(true);
        learning.put(name, weight);
      }
    }
  }

  /**
   * The weights, in the script's order.
   *
   * @return arrays by name
   */
  Map<String, NDArray> weights() {
    return weights;
  }

  /**
   * The weights that gather gradients.
   *
   * @return arrays by name
   */
  Map<String, NDArray> learning() {
    return learning;
  }

  /**
   * Runs the network. Within a gradient collector the result can be differentiated.
   *
   * @param batch the arguments after the weights, at least one
   * @return what it returns, in the manager of the batch
   */
  List<NDArray> forward(NDArray... batch) {
    NDList arguments = new NDList(weights.values());
    for (NDArray array : batch) {
      arguments.add(array);
    }
    NDList result = program.block().forward(new ParameterStore(manager, false), arguments, true);
    // DJL puts them beside the weights, where each would keep its whole graph alive.
    result.attach(batch[0].getManager());
    return List.copyOf(result);
  }

  @Override
  public void close() {
    program.close();
    none.close();
  }
}
