package io.darkroom.torchscript;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One line of a {@link Method}: a call of an operator.
 *
 * @param result the name of what it gives
 * @param operator a function of TorchScript, such as {@code torch.silu}
 * @param arguments tensors, sizes, numbers, or text taken as it is
 */
record Instruction(String result, String operator, List<Object> arguments) {
  /** Before the name of a method of the same module. */
  static final String OWN = "(self).";

  /** Keeps the arguments from being changed. */
  Instruction {
    arguments = List.copyOf(arguments);
  }

  /** Whether it calls a method of the same module. */
  boolean callsOwn() {
    return operator.startsWith(OWN);
  }

  /** The method of the same module that it calls. */
  String ownMethod() {
    return operator.substring(OWN.length());
  }

  /** The line of TorchScript. */
  @Override
  public String toString() {
    return arguments.stream()
        .map(Object::toString)
        .collect(Collectors.joining(", ", result + " = " + operator + "(", ")"));
  }
}
