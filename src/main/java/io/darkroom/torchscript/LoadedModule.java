package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;

/**
 * A {@link Script} loaded into the engine, with its weights on the device. The weights are handed
 * over once; each call passes only a handle.
 *
 * <p>Values that no DJL type can hold (a list, a tensor in bfloat16) stay {@link IValue}s, which
 * their owner closes.
 */
public final class LoadedModule implements AutoCloseable {
  private final OpenResources resources;
  private final PtSymbolBlock block;
  private final NDManager manager;
  private final IValue weights;

  private LoadedModule(
      PtSymbolBlock block, NDManager manager, IValue weights, OpenResources resources) {
    this.resources = resources;
    this.block = block;
    this.manager = manager;
    this.weights = weights;
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
      PtSymbolBlock block = opened.keep(compile(script, manager));
      IValue weights = opened.keep(WeightPacker.pack(script, manager, source));
      return new LoadedModule(block, manager, weights, opened);
    } catch (RuntimeException | Error e) {
      opened.closeAfter(e);
      throw e;
    }
  }

  /**
   * Compiles a module's code.
   *
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
  }

  /**
   * Calls a method.
   *
   * @param method its name
   * @param arguments its arguments after the weights; still owned by the caller
   * @return what it returns, owned by the caller
   */
  public IValue call(String method, IValue... arguments) {
    IValue[] all = new IValue[arguments.length + 1];
    all[0] = weights;
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return IValueUtils.runMethod(block, method, all);
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
