package io.darkroom.sampling;

/**
 * What a configuration says of EDM's noise process (Karras et al., arXiv 2206.00364): no table of
 * timesteps, but any noise level from one to another, whose latents are x = x0 + sigma epsilon.
 *
 * @param sigmaMin the least level that is stepped to before the clean image, above 0
 * @param sigmaMax the greatest level, where a run begins; above {@code sigmaMin}
 * @param sigmaData the standard deviation of the clean latents, above 0
 * @param rho how Karras' spacing bends, above 0
 * @param spacing how the levels are spread where nobody chooses: {@link Schedule#KARRAS} or {@link
 *     Schedule#EXPONENTIAL}
 * @param type {@link PredictionType#EPSILON} for the paper's own sign, {@link
 *     PredictionType#V_PREDICTION} for the opposite one
 */
record EdmConfig(
    double sigmaMin,
    double sigmaMax,
    double sigmaData,
    double rho,
    Schedule spacing,
    PredictionType type) {}
