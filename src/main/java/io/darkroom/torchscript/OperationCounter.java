package io.darkroom.torchscript;

import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Shaped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Counts what a {@link Script} costs, by walking through its methods with shapes in place of
 * tensors: arithmetic in the products, bytes in everything. Nothing is computed, so that a network
 * of any size is counted at once. Each {@link Operator} tells its own cost.
 *
 * <p>An instruction reads each of its arguments and writes its result once; views cost nothing.
 */
public final class OperationCounter {
  private final Script script;
  private final List<Cost> costs = new ArrayList<>();
  private final Set<AttentionShape> attentions = new LinkedHashSet<>();

  /**
   * Prepares to count.
   *
   * @param script a script whose methods are written
   */
  public OperationCounter(Script script) {
    this.script = script;
  }

  /**
   * Walks through a method and adds its cost to what has been counted.
   *
   * @param name the method
   * @param arguments in its order, after the weights
   * @return what the method returns: {@link Shaped}, or {@link Listed} if there are several
   * @throws IllegalArgumentException if there is no such method, or the arguments do not suit it
   */
  public Value count(String name, Value... arguments) {
    return count(
        script
            .written(name)
            .orElseThrow(() -> new IllegalArgumentException("there is no method " + name)),
        Arrays.asList(arguments));
  }

  /**
   * What has been counted.
   *
   * @return the cost of every instruction, in order
   */
  public List<Cost> costs() {
    return List.copyOf(costs);
  }

  /**
   * The attention that has been counted.
   *
   * @return each shape once, in the order in which they came
   */
  public Set<AttentionShape> attentions() {
    return Collections.unmodifiableSet(new LinkedHashSet<>(attentions));
  }

  private Value count(Method method, List<Value> arguments) {
    List<Method.Parameter> parameters = method.parameters();
    if (parameters.size() != arguments.size()) {
      throw new IllegalArgumentException(
          method.name() + " takes " + parameters + ", not " + arguments);
    }
    Map<String, Value> variables = new HashMap<>(script.weightValues());
    for (int i = 0; i < parameters.size(); i++) {
      variables.put(parameters.get(i).name(), arguments.get(i));
    }
    for (Instruction instruction : method.instructions()) {
      OperatorCall call = new OperatorCall(this, instruction.operands(), variables);
      variables.put(instruction.result().name(), instruction.operator().count(call));
    }
    List<Value> results = method.results().stream().map(result -> result.value(variables)).toList();
    return results.size() == 1 ? results.get(0) : new Listed(results);
  }

  /** One that is written in TorchScript itself is not walked through: it has no products. */
  Optional<Value> called(String method, List<Value> arguments) {
    return script.written(method).map(written -> count(written, arguments));
  }

  /** Adds a cost. */
  void note(Cost cost) {
    costs.add(cost);
  }

  /** Adds a shape of attention. */
  void note(AttentionShape shape) {
    attentions.add(shape);
  }
}
