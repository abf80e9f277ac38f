package io.darkroom.request;

import io.darkroom.text.LoneSurrogates;
import io.darkroom.text.PromptSyntax;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that shapes one picture, the model aside. Two equal requests to one model give the
 * same picture.
 *
 * @param prompt what to show; may be empty (the unconditional picture)
 * @param negativePrompt what to steer away from; may be there and be an empty text, which to Stable
 *     Diffusion XL is something else than none at all
 * @param promptSyntax how prompt and negative prompt are read
 * @param seed the seed of the picture's own noise generator, 0 to 2^32 - 1
 * @param settings what else shapes the picture, which the pictures of a batch share but for their
 *     variations
 * @param start what the latents begin with, which they share, too
 */
public record ImageRequest(
    String prompt,
    Optional<String> negativePrompt,
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
    requireText("prompt", prompt);
    negativePrompt.ifPresent(text -> requireText("negative prompt", text));
    if (seed < 0 || seed > 0xFFFF_FFFFL) {
      throw new InvalidRequestException("seed " + seed + " is not between 0 and 4294967295");
    }
  }

  /**
   * A picture that begins with nothing but noise.
   *
   * @param prompt what it is to show
   * @param negativePrompt what it is not to show, if anything was said
   * @param promptSyntax how both texts are read
   * @param seed of its noise
   * @param settings its size, sampler and guidance
   */
  public ImageRequest(
      String prompt,
      Optional<String> negativePrompt,
      PromptSyntax promptSyntax,
      long seed,
      PictureSettings settings) {
    this(prompt, negativePrompt, promptSyntax, seed, settings, Start.NOISE);
  }

  /**
   * The negative prompt as a text.
   *
   * @return its words; empty where there is none, too
   */
  public String negativeText() {
    return negativePrompt.orElse("");
  }

  /**
   * Tells whether a negative prompt was given that says nothing.
   *
   * @return whether it is there and empty
   */
  public boolean hasEmptyNegativePrompt() {
    return negativePrompt.filter(String::isEmpty).isPresent();
  }

  /**
   * Refuses what cannot be kept as it is: neither a file's texts nor a tokenizer has room for it.
   *
   * @param name what to call the text in the message
   * @param text the text
   * @throws InvalidRequestException if it holds a NUL character or half of a surrogate pair
   */
  public static void requireText(String name, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidRequestException("the " + name + " contains a NUL character");
    }
    Optional<String> half = LoneSurrogates.first(text);
    if (half.isPresent()) {
      throw new InvalidRequestException(
          ("the %s contains %s, half of a surrogate pair, which is not a character; remove it, or"
                  + " write both halves")
              .formatted(name, half.get()));
    }
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
    return settings.ofBatch().equals(other.settings.ofBatch()) && start.equals(other.start);
  }
}
