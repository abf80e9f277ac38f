package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One method of a {@link Script}: its parameters, the lines written so far, and its result. */
public final class Method {
  private final Script script;
  private final String name;
  private final List<Parameter> parameters = new ArrayList<>();
  private final List<Instruction> written = new ArrayList<>();
  private List<Tensor> results = List.of();
  private boolean returnsList;

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
    return new Tensor(this, declared(parameter, "Tensor"), channels);
  }

  /**
   * Adds a parameter that is a list of tensors.
   *
   * @param parameter its name
   * @return the list
   */
  public TensorList tensors(String parameter) {
    return new TensorList(this, declared(parameter, "List[Tensor]"));
  }

  /**
   * Adds an integer parameter.
   *
   * @param parameter its name
   * @return the number
   */
  public Size integer(String parameter) {
    return new Size(declared(parameter, "int"));
  }

  /**
   * Adds a floating-point parameter.
   *
   * @param parameter its name
   * @return the number
   */
  public Scalar number(String parameter) {
    return new Scalar(declared(parameter, "float"));
  }

  /**
   * Adds a parameter that is a list of floating-point numbers.
   *
   * @param parameter its name
   * @return the list
   */
  public ScalarList numbers(String parameter) {
    return new ScalarList(declared(parameter, "List[float]"));
  }

  private Operand.Variable declared(String parameter, String type) {
    parameters.add(new Parameter(parameter, type));
    return new Operand.Variable(parameter);
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
   * Writes one line that calls an operator. A line whose result nobody uses is left out in the end.
   *
   * @param channels how many channels the result has
   * @param operator what is called
   * @param operands what it is given
   * @return what it gives
   */
  public Tensor call(int channels, Operator operator, Operand... operands) {
    return new Tensor(this, line("x", operator, operands), channels);
  }

  /**
   * Writes one line that calls a method of the same module, with the same weights.
   *
   * @param channels how many channels the result has
   * @param name the method
   * @param operands what it is given after the weights
   * @return the tensor that it gives
   */
  public Tensor callOwn(int channels, String name, Operand... operands) {
    return call(channels, new OwnMethod(name), withWeights(operands));
  }

  private static Operand[] withWeights(Operand... operands) {
    Operand[] all = new Operand[operands.length + 1];
    all[0] = Operand.Constant.WEIGHTS;
    System.arraycopy(operands, 0, all, 1, operands.length);
    return all;
  }

  /** A method of the same module that takes the weights. */
  private record OwnMethod(String name) implements Operator {
    @Override
    public String function() {
      return Operator.ofModule(name);
    }

    @Override
    public Value count(OperatorCall call) {
      return call.method(name);
    }
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
        Operators.ARANGE,
        Operand.of(count),
        new Operand.Keyword("dtype", new Operand.Property("dtype", other)),
        new Operand.Keyword("layout", Operand.of(0)),
        new Operand.Keyword("device", new Operand.Property("device", other)));
  }

  /** Writes one line that gives an integer. */
  Size size(Operator operator, Operand... operands) {
    return new Size(line("n", operator, operands));
  }

  /** Writes one line that gives a list of tensors. */
  TensorList list(Operator operator, Operand... operands) {
    return new TensorList(this, line("x", operator, operands));
  }

  private Operand.Variable line(String prefix, Operator operator, Operand... operands) {
    Operand.Variable result = new Operand.Variable(prefix + written.size());
    written.add(new Instruction(result, operator, Arrays.asList(operands)));
    return result;
  }

  /**
   * Names a weight in this method.
   *
   * @param weight the weight's path
   * @param shape the shape that the network gives it
   * @return the weight as a tensor in the arithmetic's format
   * @throws io.darkroom.base.ModelException if the checkpoint has no such weight, or of another
   *     shape
   */
  public Tensor weight(Weights weight, long... shape) {
    Tensor stored =
        new Tensor(
            this,
            new Operand.Variable(Script.weightVariable(script.weights().index(weight, shape))),
            (int) shape[shape.length - 1]);
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

  /** How networks of pixels store them. */
  PixelLayout layout() {
    return script.layout();
  }

  /** What a convolution sees beyond the borders. */
  ConvolutionPadding padding() {
    return script.padding();
  }

  /** The function that computes attention without a mask. */
  Operator attention() {
    return script.attention().operator();
  }

  void writeTo(StringBuilder text, int weights) {
    text.append("  def ").append(name).append("(self: __torch__.M, w: List[Tensor]");
    parameters.forEach(parameter -> text.append(", ").append(parameter));
    text.append(") -> ").append(resultType()).append(":\n");
    if (weights > 0) {
      String names =
          IntStream.range(0, weights)
              .mapToObj(Script::weightVariable)
              .collect(Collectors.joining(", "));
      text.append("    ").append(names).append(", = w\n");
    }
    instructions().forEach(line -> text.append("    ").append(line).append('\n'));
    String all = results.stream().map(Tensor::toString).collect(Collectors.joining(", "));
    if (returnsList && results.isEmpty()) {
      text.append("    return annotate(List[Tensor], [])\n");
    } else if (!results.isEmpty()) {
      text.append("    return ").append(returnsList ? "[" + all + "]" : all).append('\n');
    }
  }

  private String resultType() {
    return returnsList ? "List[Tensor]" : results.isEmpty() ? "None" : "Tensor";
  }

  /** The name. */
  String name() {
    return name;
  }

  /** The parameters after the weights. */
  List<Parameter> parameters() {
    return parameters;
  }

  /** The lines on which the result depends, in order. */
  List<Instruction> instructions() {
    Set<String> needed = new HashSet<>();
    results.forEach(result -> result.addVariablesTo(needed));
    List<Instruction> lines = new ArrayList<>();
    for (int i = written.size() - 1; i >= 0; i--) {
      Instruction line = written.get(i);
      if (needed.contains(line.result().name())) {
        line.operands().forEach(operand -> operand.addVariablesTo(needed));
        lines.add(line);
      }
    }
    Collections.reverse(lines);
    return lines;
  }

  /** What it returns. */
  List<Tensor> results() {
    return results;
  }
}
