package io.darkroom.sampling;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The samplers there are, by their names. */
public enum SamplerKind {
  /** Denoising diffusion implicit models, arXiv 2010.02502. */
  DDIM("ddim", "DDIM", "DDIMScheduler") {
    @Override
    public Sampler create(SchedulerConfig config, int steps, double eta) {
      return new DdimSampler(config, steps, eta);
    }
  },
  /** Denoising diffusion probabilistic models, arXiv 2006.11239; has no eta. */
  DDPM("ddpm", "DDPM", "DDPMScheduler") {
    @Override
    public Sampler create(SchedulerConfig config, int steps, double eta) {
      return new DdpmSampler(config, steps);
    }
  };

  private final String optionName;
  private final String displayName;
  private final String schedulerClass;

  SamplerKind(String optionName, String displayName, String schedulerClass) {
    this.optionName = optionName;
    this.displayName = displayName;
    this.schedulerClass = schedulerClass;
  }

  /**
   * Finds a sampler by any of its names: the option's ({@code ddim}), the displayed one ({@code
   * DDIM}) or the diffusers class ({@code DDIMScheduler}), in capitals or not.
   *
   * @param name the name
   * @return the sampler
   * @throws IllegalArgumentException if no sampler has the name; the message lists those there are
   */
  public static SamplerKind named(String name) {
    return Arrays.stream(values())
        .filter(kind -> kind.names().anyMatch(name::equalsIgnoreCase))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no sampler '%s'; there are %s".formatted(name, optionNames())));
  }

  /**
   * Finds the sampler that a model was published with.
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
   * Plans a run of this sampler.
   *
   * @param config what the model says; where it is silent, the default of the sampler's own class
   *     in diffusers holds
   * @param steps how many steps to take
   * @param eta how much noise DDIM adds at each step, 0 to 1; the others ignore it
   * @return a sampler for one run, to be closed after it
   * @throws IllegalArgumentException if {@code steps} or {@code eta} is out of range; the message
   *     names the limit
   * @throws io.darkroom.checkpoint.ModelException if the configuration contradicts itself
   */
  public abstract Sampler create(SchedulerConfig config, int steps, double eta);

  /**
   * The name on the command line.
   *
   * @return such as {@code ddim}
   */
  public String optionName() {
    return optionName;
  }

  /**
   * The name in a picture's metadata, as AUTOMATIC1111's web UI writes it.
   *
   * @return such as {@code DDIM}
   */
  public String displayName() {
    return displayName;
  }

  private Stream<String> names() {
    return Stream.of(optionName, displayName, schedulerClass);
  }

  private static String optionNames() {
    return Arrays.stream(values()).map(kind -> kind.optionName).collect(Collectors.joining(", "));
  }
}
