package io.darkroom.pipeline;

import io.darkroom.text.LoneSurrogates;
import io.darkroom.text.PromptSyntax;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that shapes one picture, the model aside. Two equal requests to one model give the
 * same picture.
 *
 * @param prompt what to show; may be empty (the unconditional picture)
 * @param negativePrompt what to steer away from; empty for nothing
 * @param promptSyntax how prompt and negative prompt are read
 * @param seed the seed of the picture's own noise generator, 0 to 2^32 - 1
 * @param settings all else, which the pictures of a batch share
 */
public record ImageRequest(
    String prompt,
    String negativePrompt,
    PromptSyntax promptSyntax,
    long seed,
    PictureSettings settings) {
  /** Checks what can be known without a model. */
  public ImageRequest {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    Objects.requireNonNull(promptSyntax, "promptSyntax");
    Objects.requireNonNull(settings, "settings");
    requireText("prompt", prompt);
    requireText("negative prompt", negativePrompt);
    if (seed < 0 || seed > 0xFFFF_FFFFL) {
      throw new InvalidRequestException("seed " + seed + " is not between 0 and 4294967295");
    }
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
      throw new InvalidRequestException("the " + name + " holds a NUL character");
    }
    Optional<String> half = LoneSurrogates.first(text);
    if (half.isPresent()) {
      throw new InvalidRequestException(
          "the %s holds %s, half of a surrogate pair, which is no character; take it out or write both halves"
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
    return new ImageRequest(prompt, negativePrompt, syntax, seed, settings);
  }

  /**
   * The same texts and noise with other settings.
   *
   * @param other the settings
   * @return the request
   */
  public ImageRequest withSettings(PictureSettings other) {
    return new ImageRequest(prompt, negativePrompt, promptSyntax, seed, other);
  }
}
