package io.darkroom.pipeline;

import io.darkroom.lora.LoraTag;
import io.darkroom.request.InvalidRequestException;
import java.util.List;

/** The LoRAs that a prompt asks for. */
public final class PromptLoras {
  private PromptLoras() {}

  /**
   * Finds a prompt's tags.
   *
   * @param prompt any text
   * @return the tags, in order
   * @throws InvalidRequestException if one is malformed
   */
  public static List<LoraTag> in(String prompt) {
    try {
      return LoraTag.in(prompt);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }
}
