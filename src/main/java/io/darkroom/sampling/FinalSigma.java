package io.darkroom.sampling;

/**
 * The noise level that a run ends at; the value of {@code final_sigmas_type} is the constant's name
 * in lower case.
 */
public enum FinalSigma {
  /** None: the clean image. */
  ZERO,
  /** The level of training timestep 0. */
  SIGMA_MIN
}
