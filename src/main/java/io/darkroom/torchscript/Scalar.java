package io.darkroom.torchscript;

import java.util.Map;
import java.util.stream.Stream;

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
  public Stream<String> variables() {
    return reference.variables();
  }

  @Override
  public String toString() {
    return reference.toString();
  }
}
