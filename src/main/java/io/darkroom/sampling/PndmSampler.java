package io.darkroom.sampling;

import ai.djl.ndarray.NDArray;
import io.darkroom.base.OpenResources;
import java.util.List;

/**
 * Pseudo numerical methods (Liu et al., arXiv 2202.09778), as diffusers' {@code PNDMScheduler} runs
 * them: the prediction is that of a classical method, the step of it is DDIM's (equation 11). With
 * {@code skip_prk_steps}, the published Stable Diffusion's "PLMS", the linear multistep method
 * begins with Euler's and Heun's steps, which takes one evaluation more than steps; without, it
 * begins with three Runge-Kutta steps of four evaluations each.
 */
final class PndmSampler implements Sampler {
  private static final int REMEMBERED = 4;
  private static final int RUNGE_KUTTA_STEPS = 3;

  /** By how many slopes are known: the newest first (Adams and Bashforth). */
  private static final double[][] MULTISTEP = {
    {1},
    {3.0 / 2, -1.0 / 2},
    {23.0 / 12, -16.0 / 12, 5.0 / 12},
    {55.0 / 24, -59.0 / 24, 37.0 / 24, -9.0 / 24}
  };

  private final NoiseSchedule schedule;
  private final PredictionType type;
  private final double finalAlphaCumprod;
  private final int stride;
  private final int[] timesteps;
  private final int rungeKutta;
  private final History predictions = new History(REMEMBERED);

  /** The latents that the step began with. */
  private final History begun = new History(1);

  /** Whether Heun's step, the second evaluation, has been made. */
  private boolean hasAveraged;

  /** The weighted sum of a Runge-Kutta step's predictions. */
  private final History mean = new History(1);

  /**
   * Plans a run.
   *
   * @param config what the model says
   * @param steps how many steps to take; with Runge-Kutta steps 4 or more
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  PndmSampler(SchedulerConfig config, int steps) {
    schedule = NoiseSchedule.of(config);
    type = config.predictionType().orElse(PredictionType.EPSILON);
    finalAlphaCumprod = config.setAlphaToOne().orElse(false) ? 1 : schedule.alphaCumprod(0);
    int trained = schedule.trainTimesteps();
    Timesteps spread =
        Timesteps.spread(
            config.timestepSpacing().orElse(TimestepSpacing.LEADING),
            trained,
            steps,
            config.stepsOffset().orElse(0));
    if (spread.at(0) > trained - 1) {
      throw Transition.startsTooLate(steps, spread.at(0), trained - 1);
    }
    // Neither v nor x0 helps here: the step divides by the image's share.
    if (schedule.alphaCumprod(spread.at(0)) == 0) {
      throw new IllegalArgumentException(
          "pndm cannot start at the last timestep of this zero-SNR model, which is pure noise;"
              + " choose another sampler");
    }
    stride = trained / steps;
    boolean skips = config.skipPrkSteps();
    if (!skips && steps <= RUNGE_KUTTA_STEPS) {
      throw new IllegalArgumentException(
          "pndm with Runge-Kutta steps (skip_prk_steps is false) takes at least %d steps, not %d"
              .formatted(RUNGE_KUTTA_STEPS + 1, steps));
    }
    timesteps = skips ? multistep(spread) : rungeKutta(spread, stride / 2);
    rungeKutta = skips ? 0 : 4 * RUNGE_KUTTA_STEPS;
  }

  /** The second timestep comes twice, for Heun's step. */
  private static int[] multistep(Timesteps spread) {
    int count = spread.count();
    int[] timesteps = new int[count == 1 ? 1 : count + 1];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = spread.at(i < 2 ? i : i - 1);
    }
    return timesteps;
  }

  private static int[] rungeKutta(Timesteps spread, int half) {
    int[] timesteps = new int[4 * RUNGE_KUTTA_STEPS + spread.count() - RUNGE_KUTTA_STEPS];
    for (int step = 0; step < RUNGE_KUTTA_STEPS; step++) {
      int next = spread.at(step + 1);
      timesteps[4 * step] = spread.at(step);
      timesteps[4 * step + 1] = next + half;
      timesteps[4 * step + 2] = next + half;
      timesteps[4 * step + 3] = next;
    }
    for (int step = RUNGE_KUTTA_STEPS; step < spread.count(); step++) {
      timesteps[4 * RUNGE_KUTTA_STEPS + step - RUNGE_KUTTA_STEPS] = spread.at(step);
    }
    return timesteps;
  }

  @Override
  public int evaluations() {
    return timesteps.length;
  }

  @Override
  public double timestep(int i) {
    return timesteps[i];
  }

  @Override
  public double sigma(int i) {
    return TrainingSigmas.of(schedule.alphaCumprod(timesteps[i]));
  }

  @Override
  public double scale(int i) {
    return 1 / Math.hypot(sigma(i), 1);
  }

  /** The Runge-Kutta steps lean on each other: they cannot be begun in the middle. */
  @Override
  public void requireStart(int evaluation) {
    if (evaluation > 0 && rungeKutta > 0) {
      throw new IllegalArgumentException(
          "pndm with Runge-Kutta steps (skip_prk_steps is false) cannot begin late, as with"
              + " a picture or in a second pass; choose another sampler");
    }
  }

  @Override
  public LinearCombination clean(int i) {
    return type.clean(schedule.alphaCumprod(timesteps[i]));
  }

  @Override
  public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
    FusedUpdate update = new FusedUpdate(latents, prediction);
    return i < rungeKutta ? rungeKutta(i, update) : multistep(i, update);
  }

  private NDArray rungeKutta(int i, FusedUpdate update) {
    int stage = i % 4;
    int from = timesteps[i - stage];
    int to = stage % 2 == 0 ? timesteps[i] - stride / 2 : timesteps[i];
    double share = stage == 0 || stage == 3 ? 1f / 6 : 1f / 3;
    if (stage == 0) {
      FusedUpdate.Sum first = update.sum().plus(update.prediction(), 1);
      FusedUpdate.Sum start = update.sum().plus(update.latents(), 1);
      FusedUpdate.Sum shared = update.sum().plus(first, share);
      FusedUpdate.Sum next = transfer(update, start, first, from, to);
      NDArray[] results = update.compute(first, start, shared, next);
      predictions.push(results[0]);
      begun.push(results[1]);
      mean.push(results[2]);
      return results[3];
    }
    FusedUpdate.Sum shared = update.sum().plus(update.given(mean.get(0)), 1);
    shared.plus(update.prediction(), share);
    FusedUpdate.Operand slope = stage == 3 ? shared : update.prediction();
    FusedUpdate.Sum next = transfer(update, update.given(begun.get(0)), slope, from, to);
    NDArray[] results = update.compute(shared, next);
    mean.push(results[0]);
    return results[1];
  }

  private NDArray multistep(int i, FusedUpdate update) {
    int timestep = timesteps[i];
    boolean isFirst = predictions.size() == 0;
    if (rungeKutta == 0 && !isFirst && !hasAveraged) {
      hasAveraged = true;
      // Heun's step: the first one again, with the mean of the slopes at both ends.
      FusedUpdate.Sum slope = update.sum().plus(update.prediction(), 0.5);
      slope.plus(update.given(predictions.get(0)), 0.5);
      FusedUpdate.Operand start = update.given(begun.get(0));
      return update.compute(transfer(update, start, slope, timestep + stride, timestep));
    }
    FusedUpdate.Sum newest = update.sum().plus(update.prediction(), 1);
    double[] weights = MULTISTEP[predictions.sizeAfterPush() - 1];
    FusedUpdate.Sum combined = update.sum().plus(newest, weights[0]);
    for (int age = 1; age < weights.length; age++) {
      combined.plus(update.given(predictions.get(age - 1)), weights[age]);
    }
    FusedUpdate.Sum next =
        transfer(update, update.latents(), combined, timestep, timestep - stride);
    if (isFirst) {
      FusedUpdate.Sum start = update.sum().plus(update.latents(), 1);
      NDArray[] results = update.compute(newest, next, start);
      predictions.push(results[0]);
      begun.push(results[2]);
      return results[1];
    }
    NDArray[] results = update.compute(newest, next);
    predictions.push(results[0]);
    return results[1];
  }

  /** DDIM's step in the paper's form, equation 11; a and a' are the image's shares. */
  private FusedUpdate.Sum transfer(
      FusedUpdate update,
      FusedUpdate.Operand latents,
      FusedUpdate.Operand prediction,
      int from,
      int to) {
    double alpha = schedule.alphaCumprod(from);
    double next = to < 0 ? finalAlphaCumprod : schedule.alphaCumprod(to);
    double weight =
        (next - alpha) / (alpha * Math.sqrt(1 - next) + Math.sqrt(alpha * (1 - alpha) * next));
    LinearCombination combination =
        new LinearCombination(Math.sqrt(next / alpha), 0).plus(type.noise(alpha).times(-weight));
    return update.combination(combination, latents, prediction);
  }

  @Override
  public void close() {
    OpenResources.closeAll(List.of(predictions, begun, mean));
  }
}
