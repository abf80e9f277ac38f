package io.darkroom.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * One step of a sampler that walks the training's own timesteps, as DDIM and DDPM do: from a
 * timestep t to t - T / N (rounded down), for N steps out of T timesteps. diffusers steps there
 * even where another spacing than leading puts the next timestep of the run elsewhere.
 *
 * @param timestep t
 * @param alphaCumprod the image's share of the variance at t, 0 or more and below 1
 * @param previousAlphaCumprod the same where the step leads, above {@code alphaCumprod} unless the
 *     step stays at timestep 0
 */
record Transition(int timestep, double alphaCumprod, double previousAlphaCumprod) {
  /**
   * All steps of a run, with the defaults that DDIM and DDPM share: leading spacing, no offset.
   *
   * @param config what the model says
   * @param schedule its noise schedule
   * @param steps how many steps to take
   * @param finalAlphaCumprod the image's share of the variance after the last step
   * @return one transition for each step
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if an epsilon model is to start from a timestep without
   *     any image in it
   */
  static List<Transition> walk(
      SchedulerConfig config, NoiseSchedule schedule, int steps, double finalAlphaCumprod) {
    int last = schedule.trainTimesteps() - 1;
    Timesteps timesteps =
        Timesteps.spread(
            config.timestepSpacing().orElse(TimestepSpacing.LEADING),
            schedule.trainTimesteps(),
            steps,
            config.stepsOffset().orElse(0));
    if (timesteps.at(0) > last) {
      throw startsTooLate(steps, timesteps.at(0), last);
    }
    int stride = schedule.trainTimesteps() / steps;
    List<Transition> transitions = new ArrayList<>(steps);
    for (int i = 0; i < steps; i++) {
      int timestep = timesteps.at(i);
      int previous = timestep - stride;
      transitions.add(
          new Transition(
              timestep,
              schedule.alphaCumprod(timestep),
              previous < 0 ? finalAlphaCumprod : schedule.alphaCumprod(previous)));
    }
    config.requireImage(transitions.get(0).alphaCumprod);
    return List.copyOf(transitions);
  }

  /** What to throw where an offset leads past the training. */
  static IllegalArgumentException startsTooLate(int steps, int first, int last) {
    return new IllegalArgumentException(
        "%d steps would start at timestep %d, after the model's last one, %d; use fewer steps"
            .formatted(steps, first, last));
  }
}
