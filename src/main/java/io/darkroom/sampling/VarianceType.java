package io.darkroom.sampling;

/**
 * The variance of DDPM's noise (Ho et al., arXiv 2006.11239, section 3.2); the value of {@code
 * variance_type} is the constant's name in lower case.
 */
public enum VarianceType {
  /** The posterior's own variance, the smaller bound. */
  FIXED_SMALL,
  /** The same, computed by way of its logarithm. */
  FIXED_SMALL_LOG,
  /** The forward step's variance, the larger bound. */
  FIXED_LARGE
}
