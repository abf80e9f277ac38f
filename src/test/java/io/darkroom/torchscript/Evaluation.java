package io.darkroom.torchscript;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Writes one method, runs it once, and gives its numbers. */
record Evaluation(Precision precision, Map<String, NDArray> weights) {
  /** A method in float32 that has no weights. */
  static final Evaluation PLAIN = new Evaluation(Precision.FLOAT32, Map.of());

  /** Runs a method of one tensor that gives one. */
  NDArray of(NDArray input, Function<Tensor, Tensor> body) {
    return of(input, (w, x) -> body.apply(x));
  }

  /** Runs a method of one tensor, with weights, that gives one tensor. */
  NDArray of(NDArray input, BiFunction<Weights, Tensor, Tensor> body) {
    return all(List.of(input), (w, x) -> List.of(body.apply(w, x.get(0)))).get(0);
  }

  /**
   * Runs a method.
   *
   * @param inputs its arguments; their second dimension counts as their channels
   * @param body writes it
   * @return its results, in the first argument's manager
   */
  List<NDArray> all(List<NDArray> inputs, BiFunction<Weights, List<Tensor>, List<Tensor>> body) {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = new Script(precision);
    Method method = script.method("run");
    List<Tensor> parameters =
        IntStream.range(0, inputs.size())
            .mapToObj(i -> method.tensor("p" + i, (int) channels(inputs.get(i))))
            .toList();
    method.returns(body.apply(catalog.root(), parameters));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule module = LoadedModule.load(script, manager, this::copy)) {
      return module.callForTensors("run", inputs.toArray(NDArray[]::new));
    }
  }

  private static long channels(NDArray input) {
    return input.getShape().dimension() > 1 ? input.getShape().get(1) : input.getShape().size();
  }

  private NDArray copy(String name, NDManager owner) {
    NDArray copy = weights.get(name).duplicate();
    copy.attach(owner);
    return copy;
  }
}
