package io.darkroom.torchscript;

import java.util.List;
import java.util.StringJoiner;

/**
 * One line of a {@link Method}: a call of an operator.
 *
 * @param result the variable that holds what it gives
 * @param operator what is called
 * @param operands what it is given
 */
record Instruction(Operand.Variable result, Operator operator, List<Operand> operands) {
  /** Keeps the operands from being changed. */
  Instruction {
    operands = List.copyOf(operands);
  }

  /** The line of TorchScript. */
  @Override
  public String toString() {
    StringJoiner line = new StringJoiner(", ", result + " = " + operator.function() + "(", ")");
    operands.forEach(operand -> line.add(operand.toString()));
    return line.toString();
  }
}
