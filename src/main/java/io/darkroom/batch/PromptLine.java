package io.darkroom.batch;

import io.darkroom.request.Choices;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import java.util.Optional;

/**
 * What one line of a prompt file asks for.
 *
 * @param number the line's number, from 1
 * @param prompt what to show; may be empty
 * @param choices what the line chooses of the picture
 * @param seed of the line's first picture, 0 to 2^32 - 1
 * @param images how many pictures
 * @param output the file within the batch's folder, perhaps with placeholders
 * @param id a name for the manifest
 */
public record PromptLine(
    int number,
    String prompt,
    Choices choices,
    Optional<Long> seed,
    Optional<Integer> images,
    Optional<String> output,
    Optional<String> id) {
  private static final int MOST_IMAGES = 100_000;

  /** Checks what can be known without a model. */
  public PromptLine {
    choices.check();
    ImageRequest.requireText("prompt", prompt);
    id.ifPresent(name -> ImageRequest.requireText("id", name));
    if (images.isPresent() && (images.get() < 1 || images.get() > MOST_IMAGES)) {
      throw new InvalidRequestException(
          "images must be 1 to " + MOST_IMAGES + ", not " + images.get());
    }
    output.ifPresent(OutputName::check);
  }
}
