package io.darkroom.pipeline;

import io.darkroom.sampling.Prediction;
import io.darkroom.text.PromptSyntax;
import java.util.Objects;
import java.util.Optional;

/**
 * What shapes a picture beside its texts and its seed. Pictures of equal settings can be denoised
 * in one forward pass.
 *
 * @param width pixels
 * @param height pixels
 * @param steps how many denoising steps to take
 * @param sampler the sampler's name, as {@link io.darkroom.sampling.SamplerKind#named} reads it
 * @param schedule how the sampler spreads its noise levels; {@value #MODEL_SCHEDULE} for the
 *     model's own way
 * @param eta how much noise DDIM adds at each step: 0 is deterministic, 1 is DDPM-like (Song et
 *     al., arXiv 2010.02502, equation 16)
 * @param guidance how strictly the prompt is followed
 * @param clipSkip which layer of the text encoder counts, from the end: 1 the last, 2 the one
 *     before; 0 for the model's own choice. Texts read plainly skip layers for the prompt alone, as
 *     diffusers does
 * @param deepCache of so many evaluations of the U-Net, which are steps with most samplers, one
 *     computes its deep layers, and the others reuse what it found (DeepCache: Ma et al., arXiv
 *     2312.00858); 1 for none that reuses
 * @param prediction what the U-Net is taken to predict; {@link Prediction#MODEL} for what the model
 *     tells
 */
public record PictureSettings(
    int width,
    int height,
    int steps,
    String sampler,
    String schedule,
    double eta,
    GuidanceSettings guidance,
    int clipSkip,
    int deepCache,
    Prediction prediction) {
  /** The schedule that the model was published with. */
  public static final String MODEL_SCHEDULE = "model";

  /** No model was trained with more timesteps; each allows as many steps as it has. */
  private static final int MOST_STEPS = 10_000;

  /** In pixels; how much of it a model and the memory take is known later. */
  private static final int LARGEST_SIDE = 1 << 16;

  /** As many layers and evaluations are none too few for anybody. */
  private static final int MOST = 10_000;

  /** Checks what can be known without a model. */
  public PictureSettings {
    Objects.requireNonNull(sampler, "sampler");
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(guidance, "guidance");
    Objects.requireNonNull(prediction, "prediction");
    if (width < 1 || height < 1) {
      throw new InvalidRequestException("a picture of " + width + "x" + height + " is empty");
    }
    if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too large to be made".formatted(width, height));
    }
    if (steps < 1) {
      throw new InvalidRequestException("steps must be at least 1, not " + steps);
    }
    if (steps > MOST_STEPS) {
      throw new InvalidRequestException(
          "steps must be at most %d, not %d".formatted(MOST_STEPS, steps));
    }
    if (!Double.isFinite(eta) || eta < 0 || eta > 1) {
      throw new InvalidRequestException("eta must be between 0 and 1, not " + eta);
    }
    if (clipSkip < 0) {
      throw new InvalidRequestException("clip skip must be 1 or more, not " + clipSkip);
    }
    if (deepCache < 1) {
      throw new InvalidRequestException("deep cache must be 1 or more, not " + deepCache);
    }
    requireUsual("clip skip", clipSkip);
    requireUsual("deep cache", deepCache);
  }

  private static void requireUsual(String name, int count) {
    if (count > MOST) {
      throw new InvalidRequestException(
          "%s must be at most %d, not %d".formatted(name, MOST, count));
    }
  }

  /**
   * A picture with these settings whose text has weights.
   *
   * @param prompt what to show
   * @param seed of the picture's noise
   * @return the request
   */
  public ImageRequest request(String prompt, long seed) {
    return new ImageRequest(prompt, Optional.empty(), PromptSyntax.WEIGHTED, seed, this);
  }

  /**
   * The same in another number of steps.
   *
   * @param count how many denoising steps to take
   * @return the settings
   */
  public PictureSettings withSteps(int count) {
    return new PictureSettings(
        width, height, count, sampler, schedule, eta, guidance, clipSkip, deepCache, prediction);
  }

  /**
   * The same in another size.
   *
   * @param otherWidth pixels
   * @param otherHeight pixels
   * @return the settings
   */
  PictureSettings withSize(int otherWidth, int otherHeight) {
    return new PictureSettings(
        otherWidth,
        otherHeight,
        steps,
        sampler,
        schedule,
        eta,
        guidance,
        clipSkip,
        deepCache,
        prediction);
  }

  /**
   * The same with other guidance.
   *
   * @param other how strictly the prompt is followed
   * @return the settings
   */
  public PictureSettings withGuidance(GuidanceSettings other) {
    return new PictureSettings(
        width, height, steps, sampler, schedule, eta, other, clipSkip, deepCache, prediction);
  }
}
