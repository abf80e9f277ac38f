package io.darkroom.sampling;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** How a run spreads its noise levels. */
public enum Schedule {
  /** What the model's configuration says. */
  MODEL(
      "model",
      "Automatic",
      "the model's own; in A1111: Automatic, Uniform",
      "uniform",
      "normal",
      "default"),
  /** Equal distances in sigma^(1/7) (Karras et al., arXiv 2206.00364, equation 5). */
  KARRAS("karras", "Karras", "small steps at the end, for fine detail in few steps"),
  /** Equal distances in the logarithm of sigma. */
  EXPONENTIAL("exponential", "Exponential", "the same, more strongly"),
  /** Back from the last training timestep in equal strides, as models distilled to few steps do. */
  TRAILING(
      "trailing",
      "SGM Uniform",
      "begins at pure noise; for zero-SNR, Lightning, Turbo",
      "sgm-uniform"),
  /** Levels found by optimization for Stable Diffusion 1 (Sabour et al., arXiv 2404.14507). */
  ALIGN_YOUR_STEPS(
      "align-your-steps",
      "Align Your Steps",
      "made for about 10 steps of Stable Diffusion 1",
      "ays") {
    // Published at research.nvidia.com/labs/toronto-ai/AlignYourSteps/howto.html.
    @Override
    List<Double> levels() {
      return List.of(
          14.6146412293,
          6.4745760956,
          3.8636745985,
          2.6946151520,
          1.8841921177,
          1.3943805092,
          0.9642583904,
          0.6523686016,
          0.3977456272,
          0.1515232662,
          0.0291671582);
    }
  },
  /** The same for Stable Diffusion XL. */
  ALIGN_YOUR_STEPS_XL(
      "align-your-steps-xl",
      "Align Your Steps XL",
      "made for about 10 steps of Stable Diffusion XL",
      "ays-xl") {
    @Override
    List<Double> levels() {
      return List.of(
          14.6146412293,
          6.3184485287,
          3.7681790315,
          2.1811480769,
          1.3405244945,
          0.8620721141,
          0.5550693289,
          0.3798540708,
          0.2332364134,
          0.1114188177,
          0.0291671582);
    }
  };

  /** All of them. */
  static final Set<Schedule> ALL = Collections.unmodifiableSet(EnumSet.allOf(Schedule.class));

  private final String optionName;
  private final String displayName;
  private final String use;
  private final Set<String> names = new HashSet<>();

  Schedule(String optionName, String displayName, String use, String... aliases) {
    this.optionName = optionName;
    this.displayName = displayName;
    this.use = use;
    names.add(key(optionName));
    names.add(key(displayName));
    for (String alias : aliases) {
      names.add(key(alias));
    }
  }

  /**
   * Finds a schedule by its name on the command line or in AUTOMATIC1111's web UI.
   *
   * @param name such as {@code karras}, in capitals or not
   * @return the schedule
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Schedule named(String name) {
    return find(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there is no schedule '%s'; use one of %s".formatted(name, list(ALL))));
  }

  /** Likewise, without a complaint. */
  static Optional<Schedule> find(String name) {
    String key = key(name);
    return Arrays.stream(values()).filter(schedule -> schedule.names.contains(key)).findFirst();
  }

  /** The names on the command line, side by side. */
  static String list(Set<Schedule> schedules) {
    return schedules.stream().map(Schedule::optionName).collect(Collectors.joining(", "));
  }

  private static String key(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replace('_', '-').replace(' ', '-');
  }

  /**
   * The name on the command line.
   *
   * @return such as {@code karras}
   */
  public String optionName() {
    return optionName;
  }

  /**
   * The name in a picture's metadata, as AUTOMATIC1111's web UI writes it.
   *
   * @return such as {@code Karras}
   */
  public String displayName() {
    return displayName;
  }

  /**
   * When to use it.
   *
   * @return a few words
   */
  public String use() {
    return use;
  }

  /** The published levels, falling, without the 0 at the end; empty where none are. */
  List<Double> levels() {
    return List.of();
  }

  /**
   * This schedule, or for {@link #MODEL} the one that the configuration asks for.
   *
   * @param config of a sampler whose diffusers class reads these keys
   * @return the schedule
   * @throws io.darkroom.base.ModelException if the configuration asks for one that is not here
   */
  Schedule or(SchedulerConfig config) {
    if (this != MODEL) {
      return this;
    }
    config.requireKnownSigmas();
    if (config.useKarrasSigmas()) {
      return KARRAS;
    }
    return config.useExponentialSigmas() ? EXPONENTIAL : MODEL;
  }
}
