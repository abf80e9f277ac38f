package io.darkroom.torchscript;

import java.util.Collection;
import java.util.Map;

/**
 * An integer that is known when the network runs: a tensor's height, a step's number.
 *
 * @param reference the variable that holds it
 */
public record Size(Operand reference) implements Operand {
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
