package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A sampler that remembers nothing of the run: each step is an update that was planned beforehand,
 * and perhaps fresh noise.
 */
abstract class PlannedSampler implements Sampler {
  /**
   * A planned step.
   *
   * @param timestep the training timestep that the model is told
   * @param alphaCumprod the image's share of the variance there
   * @param update from the old latents to the new ones, before noise
   * @param sigma the standard deviation of the noise; nothing where none is drawn, which is not the
   *     same as noise of a standard deviation of 0
   */
  record Step(int timestep, double alphaCumprod, Update update, OptionalDouble sigma) {}

  private final List<Step> steps;
  private final OptionalDouble clipRange;

  /**
   * Keeps a plan.
   *
   * @param steps one for each evaluation
   * @param clipRange the largest magnitude of x0, if there is one
   */
  PlannedSampler(List<Step> steps, OptionalDouble clipRange) {
    this.steps = List.copyOf(steps);
    this.clipRange = clipRange;
  }

  @Override
  public final int evaluations() {
    return steps.size();
  }

  @Override
  public final double timestep(int i) {
    return steps.get(i).timestep;
  }

  @Override
  public final double sigma(int i) {
    return TrainingSigmas.of(steps.get(i).alphaCumprod);
  }

  @Override
  public final double scale(int i) {
    return 1 / Math.hypot(sigma(i), 1);
  }

  @Override
  public final LinearCombination clean(int i) {
    return steps.get(i).update.clean();
  }

  @Override
  public final NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    Step step = steps.get(i);
    FusedUpdate update = new FusedUpdate(latents, prediction);
    FusedUpdate.Sum next = step.update.in(update, clipRange);
    if (step.sigma.isPresent()) {
      next.plus(update.drawn(noise), step.sigma.getAsDouble());
    }
    return update.compute(next);
  }
}
