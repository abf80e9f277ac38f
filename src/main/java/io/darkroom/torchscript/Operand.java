package io.darkroom.torchscript;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** What an instruction is given. As text it is the TorchScript expression. */
public sealed interface Operand
    permits Tensor,
        TensorList,
        Size,
        Scalar,
        ScalarList,
        Operand.Variable,
        Operand.Element,
        Operand.Constant,
        Operand.Sequence,
        Operand.Property,
        Operand.Keyword {
  /**
   * What it stands for while costs are counted.
   *
   * @param variables the value of each variable
   * @return its value
   */
  Value value(Map<String, Value> variables);

  /**
   * Tells the variables that it names.
   *
   * @param names takes their names
   */
  void addVariablesTo(Collection<String> names);

  /**
   * Several tensors as one argument.
   *
   * @param tensors none or more
   * @return the list
   */
  static Operand list(List<Tensor> tensors) {
    return new Sequence(tensors, "annotate(List[Tensor], [])");
  }

  /**
   * An integer.
   *
   * @param number the number
   * @return the constant
   */
  static Operand of(long number) {
    return new Constant(Long.toString(number), new Value.Numeric(number));
  }

  /**
   * A floating-point number.
   *
   * @param number the number
   * @return the constant
   */
  static Operand of(double number) {
    return new Constant(Double.toString(number), new Value.Numeric(number));
  }

  /**
   * A parameter, or an instruction's result.
   *
   * @param name its name
   */
  record Variable(String name) implements Operand {
    @Override
    public Value value(Map<String, Value> variables) {
      return variables.get(name);
    }

    @Override
    public void addVariablesTo(Collection<String> names) {
      names.add(name);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * One of a list.
   *
   * @param list a list of tensors or of numbers
   * @param index an integer
   */
  record Element(Operand list, Operand index) implements Operand {
    @Override
    public Value value(Map<String, Value> variables) {
      return list.value(variables) instanceof Value.Listed known
          ? known.elements().get((int) ((Value.Numeric) index.value(variables)).value())
          : list.value(variables);
    }

    @Override
    public void addVariablesTo(Collection<String> names) {
      list.addVariablesTo(names);
      index.addVariablesTo(names);
    }

    @Override
    public String toString() {
      return list + "[" + index + "]";
    }
  }

  /**
   * What is known while the network is written.
   *
   * @param expression in TorchScript
   * @param known its value
   */
  record Constant(String expression, Value known) implements Operand {
    /** No tensor where one may be given. */
    static final Operand NONE = new Constant("None", new Value.Listed(List.of()));

    /** A flag that is set. */
    static final Operand TRUE = new Constant("True", new Value.Numeric(1));

    /** A flag that is not set. */
    static final Operand FALSE = new Constant("False", new Value.Numeric(0));

    /** A way to pad. */
    static final Operand CIRCULAR = new Constant("\"circular\"", new Value.Listed(List.of()));

    /** The weights, which each method has. */
    static final Operand WEIGHTS = new Constant("w", new Value.Listed(List.of()));

    @Override
    public Value value(Map<String, Value> variables) {
      return known;
    }

    @Override
    public void addVariablesTo(Collection<String> names) {}

    @Override
    public String toString() {
      return expression;
    }
  }

  /**
   * A list that is written out.
   *
   * @param elements of one type
   * @param none what is written if there are none
   */
  record Sequence(List<? extends Operand> elements, String none) implements Operand {
    /** Takes its own copy. */
    public Sequence {
      elements = List.copyOf(elements);
    }

    /** Integers. */
    static Sequence of(long... numbers) {
      List<Operand> elements = new ArrayList<>();
      for (long number : numbers) {
        elements.add(Operand.of(number));
      }
      return new Sequence(elements, "[]");
    }

    /** Operands of one type. */
    static Sequence of(Operand... elements) {
      return new Sequence(Arrays.asList(elements), "[]");
    }

    @Override
    public Value value(Map<String, Value> variables) {
      return new Value.Listed(elements.stream().map(element -> element.value(variables)).toList());
    }

    @Override
    public void addVariablesTo(Collection<String> names) {
      elements.forEach(element -> element.addVariablesTo(names));
    }

    @Override
    public String toString() {
      if (elements.isEmpty()) {
        return none;
      }
      StringJoiner list = new StringJoiner(", ", "[", "]");
      elements.forEach(element -> list.add(element.toString()));
      return list.toString();
    }
  }

  /**
   * Where or how a tensor is stored.
   *
   * @param name {@code dtype} or {@code device}
   * @param tensor the tensor
   */
  record Property(String name, Tensor tensor) implements Operand {
    @Override
    public Value value(Map<String, Value> variables) {
      return tensor.value(variables);
    }

    @Override
    public void addVariablesTo(Collection<String> names) {
      tensor.addVariablesTo(names);
    }

    @Override
    public String toString() {
      return "ops.prim." + name + "(" + tensor + ")";
    }
  }

  /**
   * An argument that is given by name.
   *
   * @param name the parameter's name
   * @param operand the argument
   */
  record Keyword(String name, Operand operand) implements Operand {
    @Override
    public Value value(Map<String, Value> variables) {
      return operand.value(variables);
    }

    @Override
    public void addVariablesTo(Collection<String> names) {
      operand.addVariablesTo(names);
    }

    @Override
    public String toString() {
      return name + "=" + operand;
    }
  }
}
