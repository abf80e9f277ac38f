package io.darkroom.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * A value in the engine: an argument of a call, or its result. It may be what no array can be, such
 * as a list, or a tensor in bfloat16. Its owner closes it.
 */
public final class EngineValue implements AutoCloseable {
  private final IValue value;

  EngineValue(IValue value) {
    this.value = value;
  }

  /**
   * A tensor.
   *
   * @param tensor still its manager's
   * @return the value
   */
  public static EngineValue of(NDArray tensor) {
    return new EngineValue(IValue.from((PtNDArray) tensor));
  }

  /**
   * A list of tensors.
   *
   * @param tensors still their managers'
   * @return the value
   */
  public static EngineValue ofTensors(Collection<? extends NDArray> tensors) {
    return new EngineValue(IValue.listFrom(tensors.toArray(PtNDArray[]::new)));
  }

  /**
   * An integer.
   *
   * @param number the number
   * @return the value
   */
  public static EngineValue of(long number) {
    return new EngineValue(IValue.from(number));
  }

  /**
   * A floating-point number.
   *
   * @param number the number
   * @return the value
   */
  public static EngineValue of(double number) {
    return new EngineValue(IValue.from(number));
  }

  /**
   * A text.
   *
   * @param text the text
   * @return the value
   */
  public static EngineValue of(String text) {
    return new EngineValue(IValue.from(text));
  }

  /**
   * A list of integers.
   *
   * @param numbers the numbers
   * @return the value
   */
  public static EngineValue ofIntegers(long... numbers) {
    return new EngineValue(IValue.listFrom(numbers));
  }

  /**
   * A list of floating-point numbers.
   *
   * @param numbers the numbers
   * @return the value
   */
  public static EngineValue ofNumbers(double... numbers) {
    return new EngineValue(IValue.listFrom(numbers));
  }

  /**
   * Reads a tensor.
   *
   * @param owner of the array
   * @return the array, which shares the memory
   */
  public NDArray tensor(NDManager owner) {
    return value.toTensor((PtNDManager) owner);
  }

  /**
   * Reads a list of tensors.
   *
   * @param owner of the arrays
   * @return the arrays, which share the memory
   */
  public List<NDArray> tensors(NDManager owner) {
    return List.of(value.toTensorArray((PtNDManager) owner));
  }

  /** DJL's handle. */
  IValue handle() {
    return value;
  }

  /** The handles of several. */
  static IValue[] handles(EngineValue... values) {
    return Arrays.stream(values).map(EngineValue::handle).toArray(IValue[]::new);
  }

  @Override
  public void close() {
    value.close();
  }
}
