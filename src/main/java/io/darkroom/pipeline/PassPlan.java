package io.darkroom.pipeline;

import io.darkroom.base.OpenResources;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The passes that a batch makes, one after another: one; one more with a high-resolution pass, and
 * with a refiner.
 *
 * @param passes one or more, which are closed with the plan
 */
record PassPlan(List<DenoisingPass> passes) implements AutoCloseable {
  /** Takes its own copy. */
  PassPlan {
    passes = List.copyOf(passes);
  }

  /** {@return the pass that all begin with} */
  DenoisingPass first() {
    return passes.get(0);
  }

  /** {@return the pass whose latents become the picture} */
  DenoisingPass last() {
    return passes.get(passes.size() - 1);
  }

  /** {@return how many evaluations all passes make together} */
  int evaluations() {
    return passes.stream().mapToInt(DenoisingPass::evaluations).sum();
  }

  /**
   * A listener for each pass, which tells of the whole.
   *
   * @param whole hears of the whole
   * @param cost of each pass, in any unit
   * @return one for each pass, in order
   */
  List<PipelineListener> listeners(PipelineListener whole, ToDoubleFunction<DenoisingPass> cost) {
    if (passes.size() == 1) {
      return List.of(whole);
    }
    double all = passes.stream().mapToDouble(cost).sum();
    PipelineListener[] listeners = new PipelineListener[passes.size()];
    int before = 0;
    double spent = 0;
    for (int i = 0; i < listeners.length; i++) {
      DenoisingPass pass = passes.get(i);
      double share = cost.applyAsDouble(pass) / all;
      PassShare place =
          new PassShare(i + 1, listeners.length, pass.evaluations(), spent / all, share);
      listeners[i] = new PassListener(whole, place, before, evaluations());
      before += pass.evaluations();
      spent += share * all;
    }
    return List.of(listeners);
  }

  @Override
  public void close() {
    OpenResources.closeAll(passes);
  }
}
