package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One method of a {@link Script}: its parameters, the lines written so far, and its result. */
public final class Method {
  private final Script script;
  private final String name;
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<Instruction> instructions = new ArrayList<>();
  private List<Tensor> results = List.of();
  private boolean returnsList;
  private int variables;

  /** A parameter; its type is TorchScript's. */
  record Parameter(String name, String type) {
    @Override
    public String toString() {
      return name + ": " + type;
    }
  }

  Method(Script script, String name) {
    this.script = script;
    this.name = name;
  }

  /**
   * Adds a tensor parameter.
   *
   * @param parameter its name
   * @param channels how many channels it has; 1 where the word makes no sense
   * @return the tensor
   */
  public Tensor tensor(String parameter, int channels) {
    parameters.add(new Parameter(parameter, "Tensor"));
    return new Tensor(this, parameter, channels);
  }

  /**
   * Adds a parameter that is a list of tensors.
   *
   * @param parameter its name
   * @return the list
   */
  public TensorList tensors(String parameter) {
    parameters.add(new Parameter(parameter, "List[Tensor]"));
    return new TensorList(this, parameter);
  }

  /**
   * Adds an integer parameter.
   *
   * @param parameter its name
   * @return the number
   */
  public Size integer(String parameter) {
    parameters.add(new Parameter(parameter, "int"));
    return new Size(parameter);
  }

  /**
   * Adds a floating-point parameter.
   *
   * @param parameter its name
   * @return the name, as an expression
   */
  public String number(String parameter) {
    parameters.add(new Parameter(parameter, "float"));
    return parameter;
  }

  /**
   * Adds a parameter that is a list of floating-point numbers.
   *
   * @param parameter its name
   * @return the name, as an expression
   */
  public String numbers(String parameter) {
    parameters.add(new Parameter(parameter, "List[float]"));
    return parameter;
  }

  /**
   * Ends the method with one tensor.
   *
   * @param result what it returns
   */
  public void returns(Tensor result) {
    results = List.of(result);
    returnsList = false;
  }

  /**
   * Ends the method with a list of tensors.
   *
   * @param results what it returns
   */
  public void returns(List<Tensor> results) {
    this.results = List.copyOf(results);
    returnsList = true;
  }

  /**
   * Writes one line that calls an operator.
   *
   * @param channels how many channels the result has
   * @param operator a function of TorchScript, such as {@code torch.silu}
   * @param arguments its arguments: tensors, numbers, or text taken as it is
   * @return what it gives
   */
  public Tensor call(int channels, String operator, Object... arguments) {
    String variable = "x" + variables++;
    instructions.add(new Instruction(variable, operator, List.of(arguments)));
    return new Tensor(this, variable, channels);
  }

  /**
   * Writes one line that calls a method of the same module, with the same weights.
   *
   * @param channels how many channels the result has
   * @param name the method
   * @param arguments its arguments after the weights, as {@link #call} takes them
   * @return the tensor that it gives
   */
  public Tensor callOwn(int channels, String name, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of("w"));
    all.addAll(List.of(arguments));
    return call(channels, Instruction.OWN + name, all.toArray());
  }

  /**
   * The numbers 0, 1, ... in the format and on the device of another tensor.
   *
   * @param other whose format and device to take
   * @param count how many numbers
   * @return {@code [count]}
   */
  public Tensor rangeLike(Tensor other, int count) {
    return call(
        count,
        "torch.arange",
        count,
        "dtype=ops.prim.dtype(" + other + ")",
        "layout=0",
        "device=ops.prim.device(" + other + ")");
  }

  /**
   * Writes one line that gives an integer.
   *
   * @param operator a function of TorchScript, such as {@code torch.size}
   * @param arguments its arguments, as {@link #call} takes them
   * @return the number
   */
  Size size(String operator, Object... arguments) {
    String variable = "n" + variables++;
    instructions.add(new Instruction(variable, operator, List.of(arguments)));
    return new Size(variable);
  }

  /**
   * Names a weight in this method.
   *
   * @param weight the weight's path
   * @param shape the shape that the network gives it
   * @return the weight as a tensor in the arithmetic's format
   * @throws io.darkroom.checkpoint.ModelException if the checkpoint has no such weight, or of
   *     another shape
   */
  public Tensor weight(Weights weight, long... shape) {
    Tensor stored =
        new Tensor(this, "w" + script.weightIndex(weight, shape), (int) shape[shape.length - 1]);
    return script.precision().widensAtUse() ? stored.to(script.precision().compute()) : stored;
  }

  /**
   * The number formats of the module.
   *
   * @return weights' and arithmetic's
   */
  public Precision precision() {
    return script.precision();
  }

  void writeTo(StringBuilder text, int weights) {
    text.append("  def ").append(name).append("(self: __torch__.M, w: List[Tensor]");
    parameters.forEach(parameter -> text.append(", ").append(parameter));
    text.append(") -> ").append(resultType()).append(":\n");
    if (weights > 0) {
      String names =
          IntStream.range(0, weights).mapToObj(i -> "w" + i).collect(Collectors.joining(", "));
      text.append("    ").append(names).append(", = w\n");
    }
    instructions.forEach(line -> text.append("    ").append(line).append('\n'));
    if (!results.isEmpty()) {
      String all = results.stream().map(Tensor::toString).collect(Collectors.joining(", "));
      text.append("    return ").append(returnsList ? "[" + all + "]" : all).append('\n');
    }
  }

  private String resultType() {
    return results.isEmpty() ? "None" : returnsList ? "List[Tensor]" : "Tensor";
  }

  /** The name. */
  String name() {
    return name;
  }

  /** The parameters after the weights. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** The lines, in order. */
  List<Instruction> instructions() {
    return instructions;
  }

  /** What it returns. */
  List<Tensor> results() {
    return results;
  }
}
