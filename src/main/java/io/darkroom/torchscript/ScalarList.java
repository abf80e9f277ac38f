package io.darkroom.torchscript;

import java.util.Collection;
import java.util.Map;

/**
 * A list of floating-point numbers that are known when the network runs.
 *
 * @param reference the variable that holds it
 */
public record ScalarList(Operand reference) implements Operand {
  /**
   * One of the list.
   *
   * @param index from 0
   * @return the number
   */
  public Scalar get(Size index) {
    return new Scalar(new Element(reference, index));
  }

  @Override
  public Value value(Map<String, Value> variables) {
    return reference.value(variables);
  }

  @Override
  public void addVariablesTo(Collection<String> names) {
    reference.addVariablesTo(names);
  }

  @Override
  public String toString() {
    return reference.toString();
  }
}
