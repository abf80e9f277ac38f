package io.darkroom.request;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * How a picture is to be enlarged. An upscaler that works in one pass has no use for any of it.
 *
 * @param prompt what the picture shows; may be empty
 * @param choices what else was chosen, such as the steps; the rest is left to the model
 * @param noiseLevel how much noise is added to the picture before, as a timestep of its schedule
 * @param seed of the noise, 0 to 2^32 - 1
 */
public record UpscaleRequest(String prompt, Choices choices, OptionalInt noiseLevel, long seed) {
  /** Checks what can be known without a model. */
  public UpscaleRequest {
    ImageRequest.requireText("prompt", prompt);
    Objects.requireNonNull(choices, "choices");
    Objects.requireNonNull(noiseLevel, "noiseLevel");
    choices
        .get(Setting.NEGATIVE_PROMPT)
        .ifPresent(text -> ImageRequest.requireText("negative prompt", text));
  }

  /**
   * Nothing chosen.
   *
   * @param seed of the noise
   * @return the request
   */
  public static UpscaleRequest plain(long seed) {
    return new UpscaleRequest("", Choices.NONE, OptionalInt.empty(), seed);
  }
}
