package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.OpenResources;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** A {@link Script} loaded into the engine, with its weights on the device. */
public final class LoadedModule implements AutoCloseable {
  private final OpenResources resources;
  private final NDManager manager;
  private final DeviceWeights weights;
  private final Program program;

  private LoadedModule(
      NDManager manager, DeviceWeights weights, Program program, OpenResources resources) {
    this.resources = resources;
    this.manager = manager;
    this.weights = weights;
    this.program = program;
  }

  /**
   * Loads a module and its weights.
   *
   * @param script the module
   * @param parent the manager whose device to use
   * @param source gives a weight by name, as a tensor of any floating-point format on the device,
   *     made in the manager that it is given
   * @return the module, ready to be called
   */
  public static LoadedModule load(
      Script script, NDManager parent, BiFunction<String, NDManager, NDArray> source) {
    OpenResources opened = new OpenResources();
    try {
      NDManager manager = opened.keep(parent.newSubManager());
      DeviceWeights weights = opened.keep(DeviceWeights.load(script, manager, source));
      Program program = opened.keep(Program.compile(script, manager, weights));
      return new LoadedModule(manager, weights, program, opened);
    } catch (RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  /**
   * Compiles further code that runs on the same weights.
   *
   * @param script {@linkplain Script#onSameWeights on the weights} of the module's script
   * @return the program, which the caller closes before this module
   */
  public Program compile(Script script) {
    return Program.compile(script, manager, weights);
  }

  /**
   * Calls a method.
   *
   * @param method its name
   * @param arguments its arguments after the weights; still owned by the caller
   * @return what it returns, owned by the caller
   */
  public EngineValue call(String method, EngineValue... arguments) {
    return program.call(method, arguments);
  }

  /**
   * Calls a method of tensors whose result is to stay in the engine.
   *
   * @param method its name
   * @param arguments tensors
   * @return what it returns, owned by the caller
   */
  public EngineValue call(String method, List<NDArray> arguments) {
    return program.call(method, arguments);
  }

  /**
   * Calls a method of tensors that returns one tensor.
   *
   * @param method its name
   * @param arguments tensors
   * @return the result, in the first argument's manager
   */
  public NDArray callForTensor(String method, NDArray... arguments) {
    return callForTensors(method, arguments).get(0);
  }

  /**
   * Calls a method of tensors that returns one tensor or a list of them.
   *
   * @param method its name
   * @param arguments tensors, at least one
   * @return the results, in the first argument's manager
   */
  public List<NDArray> callForTensors(String method, NDArray... arguments) {
    try (EngineValue result = call(method, Arrays.asList(arguments))) {
      NDManager owner = arguments[0].getManager();
      return result.handle().isTensor() ? List.of(result.tensor(owner)) : result.tensors(owner);
    }
  }

  /**
   * The manager whose device the module runs on.
   *
   * @return a manager that lives as long as the module
   */
  NDManager manager() {
    return manager;
  }

  /** Frees the module and its weights. */
  @Override
  public void close() {
    resources.close();
  }
}
