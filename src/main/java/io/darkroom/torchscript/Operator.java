package io.darkroom.torchscript;

/**
 * A function of TorchScript, and the rule by which the shape of its result and its cost follow from
 * what it is given.
 */
public interface Operator {
  /**
   * Its name.
   *
   * @return as TorchScript has it, such as {@code torch.silu}
   */
  String function();

  /**
   * Counts a call, by shapes alone.
   *
   * @param call what the operator is given; it notes the cost
   * @return what the operator gives
   */
  Value count(OperatorCall call);

  /**
   * A method of the same module.
   *
   * @param name its name
   * @return the function
   */
  static String ofModule(String name) {
    return "(self)." + name;
  }
}
