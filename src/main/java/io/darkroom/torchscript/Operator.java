package io.darkroom.torchscript;

import io.darkroom.torchscript.Value.Shaped;
import java.util.function.Function;

/**
 * A function of TorchScript, and by which rule the shape of its result and its cost follow from
 * what it is given.
 *
 * @param name as TorchScript has it, such as {@code torch.silu}
 * @param rule tells result and cost of a call
 */
public record Operator(String name, Rule rule) {
  /** Before the name of a method of the same module. */
  private static final String OWN = "(self).";

  /** Result and cost of a call, by shapes alone. */
  @FunctionalInterface
  public interface Rule {
    /**
     * Counts a call.
     *
     * @param call what the operator is given; it notes the cost
     * @return what the operator gives
     */
    Value apply(OperatorCall call);
  }

  /**
   * A method of the same module that is written in TorchScript itself and does not take the
   * weights.
   *
   * @param name the method
   * @param rule tells result and cost of a call
   * @return the operator
   */
  public static Operator ofMethod(String name, Rule rule) {
    return new Operator(OWN + name, rule);
  }

  /** A method of the same module that takes the weights. */
  static Operator ofOwn(String name) {
    return new Operator(OWN + name, call -> call.method(name));
  }

  /** One that reads its tensors once and writes a result like the first of them. */
  static Operator elementwise(String name) {
    return moving(name, call -> call.tensor(0));
  }

  /** One that reads its tensors once and writes its result once, with no products. */
  static Operator moving(String name, Function<OperatorCall, Shaped> result) {
    return new Operator(name, call -> call.moved(result.apply(call)));
  }
}
