package io.darkroom.sampling;

/**
 * How the noise added in training grows with the timestep; the value of {@code beta_schedule} is
 * the constant's name in lower case.
 */
public enum BetaSchedule {
  /** Betas in equal steps from the first to the last (Ho et al., arXiv 2006.11239, section 4). */
  LINEAR,
  /**
   * Square roots of the betas in equal steps: latent diffusion's own (Rombach et al., 2112.10752).
   */
  SCALED_LINEAR,
  /** The squared cosine, each beta at most 0.999 (Nichol and Dhariwal, 2102.09672, equation 17). */
  SQUAREDCOS_CAP_V2
}
