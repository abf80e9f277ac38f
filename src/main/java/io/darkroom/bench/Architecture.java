package io.darkroom.bench;

import io.darkroom.model.CheckpointFamily;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The architectures that can be measured without anybody's weights. */
public enum Architecture {
  /** Stable Diffusion 1.5. */
  SD15(Optional.of(CheckpointFamily.STABLE_DIFFUSION_1)),
  /** Stable Diffusion 2.1. */
  SD21(Optional.of(CheckpointFamily.STABLE_DIFFUSION_2)),
  /** Stable Diffusion XL base 1.0. */
  SDXL(Optional.of(CheckpointFamily.STABLE_DIFFUSION_XL)),
  /** The bundled model's. */
  BUNDLED(Optional.empty());

  private final Optional<CheckpointFamily> family;

  Architecture(Optional<CheckpointFamily> family) {
    this.family = family;
  }

  /**
   * Finds an architecture.
   *
   * @param name as the command line has it
   * @return the architecture; empty if there is none of that name
   */
  public static Optional<Architecture> named(String name) {
    return Arrays.stream(values()).filter(one -> one.optionName().equals(name)).findFirst();
  }

  /**
   * What the command line calls it.
   *
   * @return such as {@code sd15}
   */
  public String optionName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * All names.
   *
   * @return as a message lists them
   */
  public static String names() {
    return Arrays.stream(values()).map(Architecture::optionName).collect(Collectors.joining(", "));
  }

  /**
   * The family whose usual model has it.
   *
   * @return the family; empty for the bundled model's own
   */
  Optional<CheckpointFamily> family() {
    return family;
  }
}
