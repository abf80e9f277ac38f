package io.darkroom.torchscript;

import java.util.Collection;
import java.util.Map;

/** A symbolic list of tensors. */
public final class TensorList implements Operand {
  private final Method method;
  private final Variable variable;

  TensorList(Method method, Variable variable) {
    this.method = method;
    this.variable = variable;
  }

  /**
   * One of the list.
   *
   * @param index from 0
   * @param channels how many channels it has
   * @return the tensor
   */
  public Tensor get(int index, int channels) {
    return new Tensor(method, new Element(variable, Operand.of(index)), channels);
  }

  @Override
  public Value value(Map<String, Value> variables) {
    return variable.value(variables);
  }

  @Override
  public void addVariablesTo(Collection<String> names) {
    variable.addVariablesTo(names);
  }

  /** The TorchScript expression for this list. */
  @Override
  public String toString() {
    return variable.toString();
  }
}
