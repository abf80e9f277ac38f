package io.darkroom.sampling;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The samplers there are, by their names. */
public enum SamplerKind {
  /** Denoising diffusion implicit models, arXiv 2010.02502. */
  DDIM(
      "ddim",
      "DDIM",
      "DDIMScheduler",
      "plain and exactly repeatable; 30 to 50 steps",
      (config, schedule, steps, eta) -> new DdimSampler(config, steps, eta)),
  /** Denoising diffusion probabilistic models, arXiv 2006.11239; has no eta. */
  DDPM(
      "ddpm",
      "DDPM",
      "DDPMScheduler",
      "the sampler of the training; 100 steps or more",
      (config, schedule, steps, eta) -> new DdpmSampler(config, steps)),
  /** Euler's method. */
  EULER(
      "euler",
      "Euler",
      "EulerDiscreteScheduler",
      "simple and steady; 20 to 30 steps",
      (config, schedule, steps, eta) -> new EulerSampler(config, schedule, steps),
      "k-euler"),
  /** Euler's method with fresh noise. */
  EULER_ANCESTRAL(
      "euler-a",
      "Euler a",
      "EulerAncestralDiscreteScheduler",
      "soft; the number of steps changes the picture; 20 to 40",
      (config, schedule, steps, eta) -> new EulerAncestralSampler(config, schedule, steps),
      "k-euler-a",
      "euler-ancestral",
      "k-euler-ancestral"),
  /** Heun's method. */
  HEUN(
      "heun",
      "Heun",
      "HeunDiscreteScheduler",
      "precise at twice the time of a step; 10 to 20 steps",
      (config, schedule, steps, eta) -> new HeunSampler(config, schedule, steps),
      "k-heun"),
  /** Pseudo numerical methods, arXiv 2202.09778. */
  PNDM(
      "pndm",
      "PLMS",
      "PNDMScheduler",
      "what Stable Diffusion 1 was published with; 30 to 50 steps",
      (config, schedule, steps, eta) -> new PndmSampler(config, steps)),
  /** The linear multistep method. */
  LMS(
      "lms",
      "LMS",
      "LMSDiscreteScheduler",
      "smooth, but unsteady below 20 steps",
      (config, schedule, steps, eta) -> new LmsSampler(config, schedule, steps),
      "k-lms"),
  /** DPM-Solver++, arXiv 2211.01095. */
  DPMPP_2M(
      "dpm++2m",
      "DPM++ 2M",
      "DPMSolverMultistepScheduler",
      "the best picture for the time, with karras; 15 to 25 steps",
      (config, schedule, steps, eta) ->
          new DpmSolverSampler(config, schedule, steps, DpmSolverSampler.Equation.ORDINARY),
      "dpmpp-2m",
      "k-dpmpp-2m",
      "dpm++"),
  /** The same for the stochastic equation. */
  DPMPP_2M_SDE(
      "dpm++2m-sde",
      "DPM++ 2M SDE",
      "DPMSolverMultistepScheduler",
      "the same with fresh noise, richer in detail; 20 to 40 steps",
      (config, schedule, steps, eta) ->
          new DpmSolverSampler(config, schedule, steps, DpmSolverSampler.Equation.STOCHASTIC),
      "dpmpp-2m-sde",
      "dpmpp-2m-sde-gpu",
      "k-dpmpp-2m-sde"),
  /** Its single-step variant. */
  DPMPP_SDE(
      "dpm++sde",
      "DPM++ SDE",
      "DPMSolverSDEScheduler",
      "fine detail in 8 to 15 steps of twice the time",
      (config, schedule, steps, eta) -> new DpmSdeSampler(config, schedule, steps),
      "dpmpp-sde",
      "dpmpp-sde-gpu",
      "k-dpmpp-sde"),
  /** The unified predictor-corrector, arXiv 2302.04867. */
  UNIPC(
      "unipc",
      "UniPC",
      "UniPCMultistepScheduler",
      "good in very few steps; 8 to 20",
      (config, schedule, steps, eta) -> new UniPcSampler(config, schedule, steps),
      "uni-pc",
      "uni-pc-bh2"),
  /** Latent consistency models, arXiv 2310.04378. */
  LCM(
      "lcm",
      "LCM",
      "LCMScheduler",
      "for LCM models alone: 2 to 8 steps at a guidance of 1 to 2",
      (config, schedule, steps, eta) -> new LcmSampler(config, steps));

  /** The samplers that walk noise levels, whatever timesteps a model knows. */
  private static final Set<SamplerKind> OF_LEVELS =
      EnumSet.complementOf(EnumSet.of(DDIM, DDPM, PNDM, LCM));

  /** Diffusers' classes for EDM's models, and those of the same formulas for all others. */
  private static final Map<String, String> EDM_CLASSES =
      Map.of(
          "EDMEulerScheduler", "EulerDiscreteScheduler",
          "EDMDPMSolverMultistepScheduler", "DPMSolverMultistepScheduler");

  /** How a run is planned. */
  @FunctionalInterface
  private interface Plan {
    Sampler of(SchedulerConfig config, Schedule schedule, int steps, double eta);
  }

  private final String optionName;
  private final String displayName;
  private final String schedulerClass;
  private final String use;
  private final Plan plan;
  private final Set<String> names = new HashSet<>();

  SamplerKind(
      String optionName,
      String displayName,
      String schedulerClass,
      String use,
      Plan plan,
      String... aliases) {
    this.optionName = optionName;
    this.displayName = displayName;
    this.schedulerClass = schedulerClass;
    this.use = use;
    this.plan = plan;
    names.add(key(optionName));
    names.add(key(displayName));
    names.add(key(schedulerClass));
    for (String alias : aliases) {
      names.add(key(alias));
    }
  }

  /**
   * Finds a sampler by any of its names: the option's ({@code euler-a}), that of AUTOMATIC1111's
   * web UI ({@code Euler a}), of ComfyUI ({@code euler_ancestral}) or of the diffusers class
   * ({@code EulerAncestralDiscreteScheduler}), in capitals or not. {@link SamplerChoice} also reads
   * names that tell a schedule.
   *
   * @param name the name
   * @return the sampler
   * @throws IllegalArgumentException if no sampler has the name; the message lists those there are
   */
  public static SamplerKind named(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no sampler '%s'; use one of %s"
                        .formatted(name, optionNames(List.of(values())))));
  }

  /** Likewise, without a complaint. */
  static Optional<SamplerKind> find(String name) {
    String key = key(name);
    return Arrays.stream(values()).filter(kind -> kind.names.contains(key)).findFirst();
  }

  /**
   * Finds a sampler by its diffusers class alone.
   *
   * @param schedulerClass {@code _class_name} of {@code scheduler_config.json}
   * @return the sampler, or nothing if Darkroom does not have it
   */
  public static Optional<SamplerKind> fromSchedulerClass(String schedulerClass) {
    return Arrays.stream(values())
        .filter(kind -> kind.schedulerClass.equals(schedulerClass))
        .findFirst();
  }

  /**
   * Finds the sampler that a model was published with.
   *
   * @param config the model's
   * @return the sampler, or nothing if Darkroom does not have it
   */
  public static Optional<SamplerKind> publishedWith(SchedulerConfig config) {
    Optional<SamplerKind> kind =
        config
            .schedulerClass()
            .map(name -> EDM_CLASSES.getOrDefault(name, name))
            .flatMap(SamplerKind::fromSchedulerClass);
    boolean stochastic = config.algorithmType().filter(type -> type.startsWith("sde-")).isPresent();
    return kind.map(found -> found == DPMPP_2M && stochastic ? DPMPP_2M_SDE : found);
  }

  /**
   * Plans a run of this sampler.
   *
   * @param config what the model says; where it is silent, the default of the sampler's own class
   *     in diffusers holds
   * @param schedule how to spread the noise levels
   * @param steps how many steps to take
   * @param eta how much noise DDIM adds at each step, 0 to 1; the others ignore it
   * @return a sampler for one run, to be closed after it
   * @throws IllegalArgumentException if {@code steps} or {@code eta} is out of range, or the
   *     sampler has no such schedule; the message names the limit
   * @throws io.darkroom.base.ModelException if the configuration contradicts itself
   */
  public Sampler create(SchedulerConfig config, Schedule schedule, int steps, double eta) {
    requireSchedule(schedule);
    config.requireSchedule(schedule);
    if (config.edm().isPresent() && !OF_LEVELS.contains(this)) {
      throw new IllegalArgumentException(
          ("%s needs the discrete timesteps of the training, which an EDM model does not have;"
                  + " choose one of %s")
              .formatted(optionName, optionNames(OF_LEVELS)));
    }
    SchedulerConfig spaced =
        schedule == Schedule.TRAILING ? config.with(TimestepSpacing.TRAILING) : config;
    return plan.of(spaced, schedule, steps, eta);
  }

  /**
   * Likewise with the model's own schedule.
   *
   * @param config what the model says
   * @param steps how many steps to take
   * @param eta how much noise DDIM adds at each step, 0 to 1; the others ignore it
   * @return a sampler for one run, to be closed after it
   * @see #create(SchedulerConfig, Schedule, int, double)
   */
  public Sampler create(SchedulerConfig config, int steps, double eta) {
    return create(config, Schedule.MODEL, steps, eta);
  }

  /**
   * Checks that the sampler can follow a schedule.
   *
   * @param schedule any
   * @throws IllegalArgumentException if it cannot; the message lists those that it can
   */
  public void requireSchedule(Schedule schedule) {
    if (!schedules().contains(schedule)) {
      throw new IllegalArgumentException(
          "%s has no schedule '%s'; use one of %s"
              .formatted(optionName, schedule.optionName(), Schedule.list(schedules())));
    }
  }

  /**
   * The schedules that the sampler can follow.
   *
   * @return {@link Schedule#MODEL} and perhaps more
   */
  public Set<Schedule> schedules() {
    return switch (this) {
      case DDIM, DDPM, PNDM -> EnumSet.of(Schedule.MODEL, Schedule.TRAILING);
      case LCM -> EnumSet.of(Schedule.MODEL);
      default -> Schedule.ALL;
    };
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code euler-a}
   */
  public String optionName() {
    return optionName;
  }

  /**
   * The name in a picture's metadata, as AUTOMATIC1111's web UI writes it.
   *
   * @return such as {@code Euler a}
   */
  public String displayName() {
    return displayName;
  }

  /**
   * The name of the class in diffusers.
   *
   * @return such as {@code EulerAncestralDiscreteScheduler}
   */
  public String schedulerClass() {
    return schedulerClass;
  }

  /**
   * When to use it.
   *
   * @return a few words
   */
  public String use() {
    return use;
  }

  private static String key(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
  }

  private static String optionNames(Collection<SamplerKind> kinds) {
    return kinds.stream().map(kind -> kind.optionName).collect(Collectors.joining(", "));
  }
}
