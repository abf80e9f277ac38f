package io.darkroom.sampling;

/**
 * Which of the training timesteps a shorter run visits (Lin et al., arXiv 2305.08891, table 2); the
 * value of {@code timestep_spacing} is the constant's name in lower case.
 */
public enum TimestepSpacing {
  /**
   * Multiples of the whole-numbered stride, plus an offset: the last timestep is rarely visited.
   */
  LEADING,
  /** Back from the last timestep in strides that need not be whole. */
  TRAILING,
  /** Equal distances with the first and the last timestep both visited. */
  LINSPACE
}
