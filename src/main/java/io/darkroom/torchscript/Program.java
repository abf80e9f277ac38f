package io.darkroom.torchscript;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import io.darkroom.base.OpenResources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/** A compiled {@link Script}: code, which runs on {@link DeviceWeights}. */
public final class Program implements AutoCloseable {
  private static final Optional<Boolean> GRAPH_OPTIMIZER =
      Optional.ofNullable(System.getProperty("ai.djl.pytorch.graph_optimizer"))
          .map(Boolean::parseBoolean);

  private final PtSymbolBlock block;
  private final Device device;
  private final DeviceWeights weights;

  private Program(PtSymbolBlock block, Device device, DeviceWeights weights) {
    this.block = block;
    this.device = device;
    this.weights = weights;
  }

  /**
   * Compiles a script.
   *
   * @param script the code
   * @param manager whose device to use; the program lives no longer than it
   * @param weights what it runs on; still the caller's
   * @return the program, which the caller closes before the weights
   */
  public static Program compile(Script script, NDManager manager, DeviceWeights weights) {
    return new Program(load(script, manager), manager.getDevice(), weights);
  }

  /**
   * Compiles a script.
   *
   * <p>Not through {@code ai.djl.Model}: for each stream it makes a folder {@code pt-model...}
   * among the system's temporary files, which stays there when the process is killed.
   */
  static PtSymbolBlock load(Script script, NDManager manager) {
    try {
      return JniUtils.loadModule(
          (PtNDManager) manager, new ByteArrayInputStream(script.archive()), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The code as DJL knows it, for training.
   *
   * @return a block that lives as long as this program
   */
  public Block block() {
    return block;
  }

  /**
   * Calls a method.
   *
   * @param method its name
   * @param arguments its arguments after the weights; still owned by the caller
   * @return what it returns, owned by the caller
   */
  public EngineValue call(String method, EngineValue... arguments) {
    IValue[] all = new IValue[arguments.length + 1];
    all[0] = weights.list().handle();
    System.arraycopy(EngineValue.handles(arguments), 0, all, 1, arguments.length);
    return new EngineValue(run(block, device, method, all));
  }

  /**
   * Runs a method. By itself TorchScript analyses a method's graph twice, at its first calls. For
   * the graphs of these networks that takes as long as several steps of a small model and brings
   * nothing on a CPU, where no operations are fused; so it is done on GPUs alone, unless DJL's
   * setting {@code ai.djl.pytorch.graph_optimizer} says otherwise. The switch is the calling
   * thread's; DJL itself heeds the setting in {@code forward} alone.
   */
  static IValue run(PtSymbolBlock block, Device device, String method, IValue... arguments) {
    JniUtils.setGraphExecutorOptimize(GRAPH_OPTIMIZER.orElse(device.isGpu()));
    return IValueUtils.runMethod(block, method, arguments);
  }

  /**
   * Calls a method of tensors.
   *
   * @param method its name
   * @param arguments its arguments after the weights
   * @return what it returns, owned by the caller
   */
  public EngineValue call(String method, List<NDArray> arguments) {
    try (OpenResources handles = new OpenResources()) {
      EngineValue[] values = new EngineValue[arguments.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = handles.keep(EngineValue.of(arguments.get(i)));
      }
      return call(method, values);
    }
  }

  /** Frees the code. */
  @Override
  public void close() {
    block.close();
  }
}
