package io.darkroom.pipeline;

import io.darkroom.text.PromptSyntax;
import java.util.Objects;

/**
 * Everything that shapes one picture, the model aside. Two equal requests to one model give the
 * same picture.
 *
 * @param prompt what to show; may be empty (the unconditional picture)
 * @param negativePrompt what to steer away from; empty for nothing
 * @param seed the seed of the picture's own noise generator, 0 to 2^32 - 1
 * @param width the picture's width in pixels
 * @param height the picture's height in pixels
 * @param steps how many denoising steps to take
 * @param guidanceScale the weight w of classifier-free guidance (Ho and Salimans, arXiv 2207.12598,
 *     in the form eps_uncond + w (eps_cond - eps_uncond)); 1 or less runs without the unconditional
 *     half
 * @param sampler the sampler's name, as {@link io.darkroom.sampling.SamplerKind#named} reads it
 * @param eta how much noise DDIM adds at each step: 0 is deterministic, 1 is DDPM-like (Song et
 *     al., arXiv 2010.02502, equation 16)
 * @param schedule how a sampler spreads its noise levels; {@value #MODEL_SCHEDULE} for the model's
 *     own way
 * @param guidanceRescale how far the guided prediction's spread is brought back to that of the
 *     prompt's own (Lin et al., arXiv 2305.08891, section 3.4): 0 not at all, 1 wholly
 * @param clipSkip which layer of the text encoder counts, from the end: 1 the last, 2 the one
 *     before; 0 for the model's own choice. Texts read plainly skip layers for the prompt alone, as
 *     diffusers does
 * @param promptSyntax how prompt and negative prompt are read
 */
public record ImageRequest(
    String prompt,
    String negativePrompt,
    long seed,
    int width,
    int height,
    int steps,
    double guidanceScale,
    String sampler,
    double eta,
    String schedule,
    double guidanceRescale,
    int clipSkip,
    PromptSyntax promptSyntax) {
  /** The schedule that the model was published with. */
  public static final String MODEL_SCHEDULE = "model";

  /**
   * A request that leaves schedule and text encoder to the model, and does not rescale.
   *
   * @see ImageRequest for the parameters
   */
  public ImageRequest(
      String prompt,
      String negativePrompt,
      long seed,
      int width,
      int height,
      int steps,
      double guidanceScale,
      String sampler,
      double eta) {
    this(
        prompt,
        negativePrompt,
        seed,
        width,
        height,
        steps,
        guidanceScale,
        sampler,
        eta,
        MODEL_SCHEDULE,
        0,
        0);
  }

  /**
   * A request whose texts have weights.
   *
   * @see ImageRequest for the parameters
   */
  public ImageRequest(
      String prompt,
      String negativePrompt,
      long seed,
      int width,
      int height,
      int steps,
      double guidanceScale,
      String sampler,
      double eta,
      String schedule,
      double guidanceRescale,
      int clipSkip) {
    this(
        prompt,
        negativePrompt,
        seed,
        width,
        height,
        steps,
        guidanceScale,
        sampler,
        eta,
        schedule,
        guidanceRescale,
        clipSkip,
        PromptSyntax.WEIGHTED);
  }

  /** Checks what can be known without a model. */
  public ImageRequest {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    Objects.requireNonNull(sampler, "sampler");
    if (seed < 0 || seed > 0xFFFF_FFFFL) {
      throw new InvalidRequestException("seed " + seed + " is not between 0 and 4294967295");
    }
    if (width < 1 || height < 1) {
      throw new InvalidRequestException("a picture of " + width + "x" + height + " is empty");
    }
    if (steps < 1) {
      throw new InvalidRequestException("steps must be at least 1, not " + steps);
    }
    if (!Double.isFinite(guidanceScale) || guidanceScale < 0) {
      throw new InvalidRequestException(
          "guidance scale must be a number of 0 or more, not " + guidanceScale);
    }
    if (!Double.isFinite(eta) || eta < 0 || eta > 1) {
      throw new InvalidRequestException("eta must be between 0 and 1, not " + eta);
    }
    Objects.requireNonNull(schedule, "schedule");
    if (!Double.isFinite(guidanceRescale) || guidanceRescale < 0 || guidanceRescale > 1) {
      throw new InvalidRequestException(
          "guidance rescale must be between 0 and 1, not " + guidanceRescale);
    }
    Objects.requireNonNull(promptSyntax, "promptSyntax");
    if (clipSkip < 0) {
      throw new InvalidRequestException("clip skip must be 1 or more, not " + clipSkip);
    }
  }

  /**
   * Tells whether the negative prompt counts: guidance of 1 or less runs without it.
   *
   * @return whether the U-Net sees each latent twice
   */
  public boolean isGuided() {
    return guidanceScale > 1;
  }

  /**
   * The same picture with its texts read in another way.
   *
   * @param syntax how to read them
   * @return the request
   */
  public ImageRequest withPromptSyntax(PromptSyntax syntax) {
    return new ImageRequest(
        prompt,
        negativePrompt,
        seed,
        width,
        height,
        steps,
        guidanceScale,
        sampler,
        eta,
        schedule,
        guidanceRescale,
        clipSkip,
        syntax);
  }

  /**
   * Tells whether two requests can be denoised in one forward pass.
   *
   * @param other another request
   * @return whether all is the same but prompts, their syntax, and seed
   */
  public boolean sharesBatchWith(ImageRequest other) {
    return width == other.width
        && height == other.height
        && steps == other.steps
        && guidanceScale == other.guidanceScale
        && sampler.equals(other.sampler)
        && eta == other.eta
        && schedule.equals(other.schedule)
        && guidanceRescale == other.guidanceRescale
        && clipSkip == other.clipSkip;
  }
}
