package io.darkroom.torchscript;

import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import java.util.List;
import java.util.Map;

/** A call of an {@link Operator} whose cost is counted: what it is given, as shapes and numbers. */
public final class OperatorCall {
  private final OperationCounter counter;
  private final List<Operand> operands;
  private final Map<String, Value> variables;

  OperatorCall(OperationCounter counter, List<Operand> operands, Map<String, Value> variables) {
    this.counter = counter;
    this.operands = operands;
    this.variables = variables;
  }

  /** An argument of any type. */
  Value value(int index) {
    return operands.get(index).value(variables);
  }

  /**
   * An argument that is a tensor.
   *
   * @param index from 0
   * @return the tensor
   */
  public Shaped tensor(int index) {
    return (Shaped) value(index);
  }

  /**
   * An argument that is a list of tensors.
   *
   * @param index from 0
   * @return the tensors
   */
  public List<Shaped> tensors(int index) {
    return ((Listed) value(index)).tensors();
  }

  /** An argument that is an integer. */
  long integer(int index) {
    return (long) ((Numeric) value(index)).value();
  }

  /** An argument that is a list of integers. */
  long[] integers(int index) {
    return ((Listed) value(index))
        .elements().stream().mapToLong(number -> (long) ((Numeric) number).value()).toArray();
  }

  /** Walks through another method of the module, whose weights are the first argument. */
  Value method(String name) {
    List<Operand> others = operands.subList(1, operands.size());
    return counter
        .called(name, others.stream().map(operand -> operand.value(variables)).toList())
        .orElseGet(() -> moved(tensor(1)));
  }

  /**
   * Notes that the call reads its tensors once and writes its result once, with no products.
   *
   * @param result what it gives
   * @return the same
   */
  public Shaped moved(Shaped result) {
    return product(Cost.Kind.OTHER, 0, result);
  }

  /**
   * Notes that the call reads its tensors once and writes its result once.
   *
   * @param kind of its products
   * @param operations additions and multiplications
   * @param result what it gives
   * @return the same
   */
  public Shaped product(Cost.Kind kind, long operations, Shaped result) {
    long bytes = result.bytes();
    for (Operand operand : operands) {
      if (operand instanceof Tensor && operand.value(variables) instanceof Shaped read) {
        bytes += read.bytes();
      }
    }
    note(new Cost(kind, operations, bytes));
    return result;
  }

  /** Notes the shape of an attention. */
  void noteAttention(AttentionShape shape) {
    counter.note(shape);
  }

  /**
   * Notes a cost.
   *
   * @param cost of a part of the call
   */
  public void note(Cost cost) {
    counter.note(cost);
  }
}
