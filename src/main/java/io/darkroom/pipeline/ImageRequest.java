package io.darkroom.pipeline;

import io.darkroom.text.PromptSyntax;
import java.util.Objects;

/**
 * Everything that shapes one picture, the model aside. Two equal requests to one model give the
 * same picture.
 *
 * @param prompt what to show; may be empty (the unconditional picture)
 * @param negativePrompt what to steer away from; empty for nothing
 * @param promptSyntax how prompt and negative prompt are read
 * @param seed the seed of the picture's own noise generator, 0 to 2^32 - 1
 * @param settings what else shapes the picture, which the pictures of a batch share
 * @param start what the latents begin with, which they share, too
 */
public record ImageRequest(
    String prompt,
    String negativePrompt,
    PromptSyntax promptSyntax,
    long seed,
    PictureSettings settings,
    Start start) {
  /** Checks what can be known without a model. */
  public ImageRequest {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    Objects.requireNonNull(promptSyntax, "promptSyntax");
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(start, "start");
    if (seed < 0 || seed > 0xFFFF_FFFFL) {
      throw new InvalidRequestException("seed " + seed + " is not between 0 and 4294967295");
    }
  }

  /**
   * A picture that begins with nothing but noise.
   *
   * @see ImageRequest for the parameters
   */
  public ImageRequest(
      String prompt,
      String negativePrompt,
      PromptSyntax promptSyntax,
      long seed,
      PictureSettings settings) {
    this(prompt, negativePrompt, promptSyntax, seed, settings, Start.NOISE);
  }

  /**
   * The same picture with its texts read in another way.
   *
   * @param syntax how to read them
   * @return the request
   */
  public ImageRequest withPromptSyntax(PromptSyntax syntax) {
    return new ImageRequest(prompt, negativePrompt, syntax, seed, settings, start);
  }

  /**
   * The same texts and noise with other settings.
   *
   * @param other the settings
   * @return the request
   */
  public ImageRequest withSettings(PictureSettings other) {
    return new ImageRequest(prompt, negativePrompt, promptSyntax, seed, other, start);
  }

  /**
   * The same picture from another beginning.
   *
   * @param other what the latents begin with
   * @return the request
   */
  public ImageRequest withStart(Start other) {
    return new ImageRequest(prompt, negativePrompt, promptSyntax, seed, settings, other);
  }

  /**
   * Tells whether two pictures can be denoised in one forward pass.
   *
   * @param other another request
   * @return whether what pictures of a batch share is equal
   */
  public boolean sharesBatchWith(ImageRequest other) {
    return settings.equals(other.settings) && start.equals(other.start);
  }
}
