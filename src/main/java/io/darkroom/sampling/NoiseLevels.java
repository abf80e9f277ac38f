package io.darkroom.sampling;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The noise levels that a run steps down, from its first to the clean image, and the timestep that
 * the model is told at each: diffusers 0.31's {@code set_timesteps} for the samplers that count in
 * sigma.
 */
final class NoiseLevels {
  /** Rho of Karras et al., arXiv 2206.00364, section 3. */
  private static final double RHO = 7;

  /** As many steps at most where no table of timesteps bounds them. */
  private static final int MOST_STEPS = 1000;

  private final DoubleUnaryOperator times;
  private final double[] timesteps;
  private final double[] sigmas;
  private final double initialSigma;

  private NoiseLevels(
      DoubleUnaryOperator times, double[] timesteps, double[] sigmas, double initialSigma) {
    this.times = times;
    this.timesteps = timesteps;
    this.sigmas = sigmas;
    this.initialSigma = initialSigma;
  }

  /**
   * The levels of Euler's and its relatives: timesteps may be fractions, and a schedule fills the
   * range between the first and the last of the spaced levels.
   *
   * @param config what the model says
   * @param schedule how to spread them, {@link Schedule#or} the configuration's
   * @param steps how many steps to take
   * @return the levels
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  static NoiseLevels continuous(SchedulerConfig config, Schedule schedule, int steps) {
    if (config.edm().isPresent()) {
      return edm(config, config.edm().get(), schedule, steps);
    }
    NoiseSchedule noise = NoiseSchedule.of(config);
    TrainingSigmas training = new TrainingSigmas(noise);
    TimestepSpacing spacing = config.timestepSpacing().orElse(TimestepSpacing.LINSPACE);
    int trained = noise.trainTimesteps();
    Timesteps whole = Timesteps.spread(spacing, trained, steps, config.stepsOffset().orElse(0));
    double[] timesteps = new double[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] =
          spacing == TimestepSpacing.LINSPACE && steps > 1
              ? (steps - 1 - i) * (trained - 1.0) / (steps - 1)
              : whole.at(i);
    }
    double[] sigmas = levels(training, timesteps);
    sigmas = spread(schedule, sigmas, sigmas[0], sigmas[steps - 1]);
    if (isRespaced(schedule)) {
      for (int i = 0; i < steps; i++) {
        timesteps[i] = training.timestep(sigmas[i]);
      }
    }
    requireTrained(timesteps, noise, config);
    double greatest = sigmas[0];
    return new NoiseLevels(
        training::timestep,
        timesteps,
        ended(sigmas, training.least(), config, steps),
        spacing == TimestepSpacing.LEADING ? Math.hypot(greatest, 1) : greatest);
  }

  /**
   * The levels of the multistep solvers (DPM++ and UniPC): timesteps are whole, the last one stays
   * clear of 0 but with trailing spacing, and a schedule fills the training's whole range.
   *
   * @param config what the model says
   * @param schedule how to spread them, {@link Schedule#or} the configuration's
   * @param steps how many steps to take
   * @return the levels, for latents whose variance stays at 1
   * @throws IllegalArgumentException if {@code steps} is out of range
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  static NoiseLevels discrete(SchedulerConfig config, Schedule schedule, int steps) {
    if (config.edm().isPresent()) {
      return edm(config, config.edm().get(), schedule, steps);
    }
    NoiseSchedule noise = NoiseSchedule.of(config);
    TrainingSigmas training = new TrainingSigmas(noise);
    int trained = noise.trainTimesteps();
    TimestepSpacing spacing = config.timestepSpacing().orElse(TimestepSpacing.LINSPACE);
    Timesteps checked = Timesteps.spread(TimestepSpacing.TRAILING, trained, steps, 0);
    double[] timesteps = new double[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] =
          switch (spacing) {
            case LINSPACE -> Math.rint((steps - i) * ((trained - 1.0) / steps));
            case LEADING ->
                (steps - i) * (trained / (steps + 1)) + (double) config.stepsOffset().orElse(0);
            case TRAILING -> checked.at(i);
          };
    }
    double[] sigmas;
    if (isRespaced(schedule)) {
      sigmas = spread(schedule, timesteps, training.greatest(), training.least());
      for (int i = 0; i < steps; i++) {
        timesteps[i] = Math.rint(training.timestep(sigmas[i]));
      }
      requireTrained(timesteps, noise, config);
    } else {
      requireTrained(timesteps, noise, config);
      sigmas = levels(training, timesteps);
    }
    return new NoiseLevels(
        training::timestep, timesteps, ended(sigmas, training.least(), config, steps), 1);
  }

  /**
   * The levels of EDM's models, as diffusers' {@code EDMEulerScheduler} has them: from sigma_max
   * down to sigma_min, then 0. The latents are x0 + sigma epsilon for every sampler.
   */
  private static NoiseLevels edm(
      SchedulerConfig config, EdmConfig edm, Schedule schedule, int steps) {
    int most = config.trainTimesteps().orElse(MOST_STEPS);
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "steps must be between 1 and %d, not %d".formatted(most, steps));
    }
    Schedule spacing = schedule == Schedule.MODEL ? edm.spacing() : schedule;
    double[] sigmas = new double[steps];
    double[] timesteps = new double[steps];
    for (int i = 0; i < steps; i++) {
      double way = steps == 1 ? 0 : i / (steps - 1.0);
      sigmas[i] =
          spacing == Schedule.EXPONENTIAL
              ? exponential(edm.sigmaMax(), edm.sigmaMin(), way)
              : karras(edm.sigmaMax(), edm.sigmaMin(), edm.rho(), way);
      timesteps[i] = edmTime(sigmas[i]);
    }
    return new NoiseLevels(
        NoiseLevels::edmTime,
        timesteps,
        ended(sigmas, edm.sigmaMin(), config, steps),
        Math.hypot(edm.sigmaMax(), 1));
  }

  /** What EDM's models are told of a level: c_noise in table 1 of arXiv 2206.00364. */
  private static double edmTime(double sigma) {
    return Math.log(sigma) / 4;
  }

  /** How many steps lead from the first level to the last. */
  int steps() {
    return timesteps.length;
  }

  /** The level before a step; that of the number of steps is where the run ends, mostly 0. */
  double sigma(int step) {
    return sigmas[step];
  }

  /** The logarithm of the signal-to-noise ratio, halved: that of Lu et al., arXiv 2206.00927. */
  double lambda(int step) {
    return -Math.log(sigmas[step]);
  }

  /** The timestep before a step; may be a fraction. */
  double timestep(int step) {
    return timesteps[step];
  }

  /** The timestep of any level. */
  double timestepOf(double sigma) {
    return times.applyAsDouble(sigma);
  }

  /** The standard deviation of the latents that the run starts from. */
  double initialSigma() {
    return initialSigma;
  }

  private static boolean isRespaced(Schedule schedule) {
    return schedule != Schedule.MODEL && schedule != Schedule.TRAILING;
  }

  private static double[] levels(TrainingSigmas training, double[] timesteps) {
    double[] sigmas = new double[timesteps.length];
    for (int i = 0; i < sigmas.length; i++) {
      sigmas[i] = training.at(timesteps[i]);
    }
    return sigmas;
  }

  private static double[] spread(Schedule schedule, double[] own, double most, double least) {
    double[] sigmas = new double[own.length];
    for (int i = 0; i < sigmas.length; i++) {
      double way = sigmas.length == 1 ? 0 : i / (sigmas.length - 1.0);
      sigmas[i] =
          switch (schedule) {
            case MODEL, TRAILING -> own[i];
            case KARRAS -> karras(most, least, RHO, way);
            case EXPONENTIAL -> exponential(most, least, way);
            case ALIGN_YOUR_STEPS, ALIGN_YOUR_STEPS_XL ->
                interpolated(schedule.levels(), (double) i / sigmas.length);
          };
    }
    return sigmas;
  }

  private static double karras(double most, double least, double rho, double way) {
    return Math.pow(between(Math.pow(most, 1 / rho), Math.pow(least, 1 / rho), way), rho);
  }

  private static double exponential(double most, double least, double way) {
    return Math.exp(between(Math.log(most), Math.log(least), way));
  }

  private static double between(double start, double end, double way) {
    return start + way * (end - start);
  }

  /**
   * A table's value at a share of its length, linear in the logarithm. N steps take the first N of
   * N + 1 values: the last one of the table is where the 0 comes.
   */
  private static double interpolated(List<Double> levels, double way) {
    double place = way * (levels.size() - 1);
    int low = Math.min((int) place, levels.size() - 2);
    return Math.exp(between(Math.log(levels.get(low)), Math.log(levels.get(low + 1)), place - low));
  }

  private static double[] ended(double[] sigmas, double least, SchedulerConfig config, int steps) {
    for (int i = 1; i < sigmas.length; i++) {
      if (sigmas[i] >= sigmas[i - 1]) {
        throw new IllegalArgumentException(
            steps + " steps are more than the model has distinct noise levels; use fewer steps");
      }
    }
    double[] ended = Arrays.copyOf(sigmas, sigmas.length + 1);
    ended[sigmas.length] =
        switch (config.finalSigmasType().orElse(FinalSigma.ZERO)) {
          case ZERO -> 0;
          case SIGMA_MIN -> least;
        };
    return ended;
  }

  private static void requireTrained(
      double[] timesteps, NoiseSchedule noise, SchedulerConfig config) {
    int last = noise.trainTimesteps() - 1;
    if (timesteps[0] > last) {
      throw Transition.startsTooLate(timesteps.length, (int) timesteps[0], last);
    }
    if (timesteps[0] > last - 1) {
      config.requireImage(noise.alphaCumprod(last));
    }
  }
}
