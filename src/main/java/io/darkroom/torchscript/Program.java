package io.darkroom.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** A compiled {@link Script}: code, which runs on {@link DeviceWeights}. */
public final class Program implements AutoCloseable {
  private final Model model;
  private final PtSymbolBlock block;
  private final DeviceWeights weights;

  private Program(Model model, DeviceWeights weights) {
    this.model = model;
    this.block = (PtSymbolBlock) model.getBlock();
    this.weights = weights;
  }

  /**
   * Compiles a script.
   *
   * @param script the code
   * @param manager whose device to use
   * @param weights what it runs on; still the caller's
   * @return the program, which the caller closes before the weights
   */
  public static Program compile(Script script, NDManager manager, DeviceWeights weights) {
    return new Program(model(script, manager), weights);
  }

  /**
   * Compiles a script for DJL's own interface.
   *
   * @param script the code
   * @param manager whose device to use
   * @return DJL's model
   */
  public static Model model(Script script, NDManager manager) {
    Model model = Model.newInstance("darkroom", manager.getDevice(), "PyTorch");
    try {
      model.load(new ByteArrayInputStream(script.archive()));
      return model;
    } catch (IOException e) {
      model.close();
      throw new UncheckedIOException(e);
    } catch (MalformedModelException e) {
      model.close();
      throw new IllegalStateException("the emitted TorchScript does not compile", e);
    }
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
    return new EngineValue(IValueUtils.runMethod(block, method, all));
  }

  /**
   * Calls a method of tensors.
   *
   * @param method its name
   * @param arguments its arguments after the weights
   * @return what it returns, owned by the caller
   */
  public EngineValue call(String method, List<NDArray> arguments) {
    EngineValue[] values = new EngineValue[arguments.size()];
    int made = 0;
    try {
      for (; made < values.length; made++) {
        values[made] = EngineValue.of(arguments.get(made));
      }
      return call(method, values);
    } finally {
      for (int i = 0; i < made; i++) {
        values[i].close();
      }
    }
  }

  /** Frees the code. */
  @Override
  public void close() {
    model.close();
  }
}
