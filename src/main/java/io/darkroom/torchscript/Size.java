package io.darkroom.torchscript;

import java.util.Map;
import java.util.stream.Stream;

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
  public Stream<String> variables() {
    return reference.variables();
  }

  @Override
  public String toString() {
    return reference.toString();
  }
}
