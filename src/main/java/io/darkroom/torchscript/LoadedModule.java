package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
<<<<<<< HEAD
=======
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.darkroom.checkpoint.OpenResources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
>>>>>>> house
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/** A {@link Script} loaded into the engine, with its weights on the device. */
public final class LoadedModule implements AutoCloseable {
<<<<<<< HEAD
=======
  private final OpenResources resources;
  private final PtSymbolBlock block;
>>>>>>> house
  private final NDManager manager;
  private final DeviceWeights weights;
  private final Program program;

<<<<<<< HEAD
  private LoadedModule(NDManager manager, DeviceWeights weights, Program program) {
=======
  private LoadedModule(
      PtSymbolBlock block, NDManager manager, IValue weights, OpenResources resources) {
    this.resources = resources;
    this.block = block;
>>>>>>> house
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
<<<<<<< HEAD
    NDManager manager = parent.newSubManager();
    DeviceWeights weights = null;
    try {
      weights = DeviceWeights.load(script, manager, source);
      return new LoadedModule(manager, weights, Program.compile(script, manager, weights));
    } catch (RuntimeException | Error e) {
      if (weights != null) {
        weights.close();
      }
      manager.close();
=======
    OpenResources opened = new OpenResources();
    try {
      NDManager manager = opened.keep(parent.newSubManager());
      PtSymbolBlock block = opened.keep(compile(script, manager));
      IValue weights = opened.keep(WeightPacker.pack(script, manager, source));
      return new LoadedModule(block, manager, weights, opened);
    } catch (RuntimeException | Error e) {
      opened.closeAfter(e);
>>>>>>> house
      throw e;
    }
  }

  /**
   * Compiles further code that runs on the same weights.
   *
<<<<<<< HEAD
   * @param script {@linkplain Script#onSameWeights on the weights} of the module's script
   * @return the program, which the caller closes before this module
   */
  public Program compile(Script script) {
    return Program.compile(script, manager, weights);
=======
   * <p>Not through {@code ai.djl.Model}: for each stream it makes a folder {@code pt-model...}
   * among the system's temporary files, which stays there when the process is killed.
   *
   * @param script the module
   * @param manager whose device to use; the module lives no longer than it
   * @return the module
   */
  public static PtSymbolBlock compile(Script script, NDManager manager) {
    try {
      return JniUtils.loadModule(
          (PtNDManager) manager, new ByteArrayInputStream(script.archive()), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
>>>>>>> house
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
<<<<<<< HEAD
    try (EngineValue result = call(method, Arrays.asList(arguments))) {
      NDManager owner = arguments[0].getManager();
      return result.handle().isTensor() ? List.of(result.tensor(owner)) : result.tensors(owner);
=======
    try (OpenResources handles = new OpenResources()) {
      IValue[] values =
          Arrays.stream(arguments)
              .map(argument -> handles.keep(IValue.from((PtNDArray) argument)))
              .toArray(IValue[]::new);
      IValue result = handles.keep(call(method, values));
      PtNDManager target = (PtNDManager) arguments[0].getManager();
      return result.isTensor()
          ? List.of(result.toTensor(target))
          : List.of(result.toTensorArray(target));
>>>>>>> house
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
<<<<<<< HEAD
    program.close();
    weights.close();
    manager.close();
=======
    resources.close();
>>>>>>> house
  }
}
