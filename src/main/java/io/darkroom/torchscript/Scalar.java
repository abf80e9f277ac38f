package io.darkroom.torchscript;

import java.util.Collection;
import java.util.Map;

/**
 * A floating-point number that is known when the network runs.
 *
 * @param reference the variable that holds it, or an element of one
 */
public record Scalar(Operand reference) implements Operand {
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
