package io.darkroom.pipeline;

import io.darkroom.lora.LoraChoice;
import io.darkroom.request.ImageRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** How a model reads the texts of requests. It needs no weights for that. */
public interface PromptReading {
  /**
   * The embeddings that prompts may name.
   *
   * @return each one's hash by its name
   */
  default Map<String, String> embeddings() {
    return Map.of();
  }

  /**
   * The embeddings that a request's texts name.
   *
   * @param request the request
   * @return each one's hash by its name, in the order of their use
   */
  default Map<String, String> embeddings(ImageRequest request) {
    return Map.of();
  }

  /**
   * Looks for embeddings, those of folders and of merged LoRAs among them.
   *
   * @param name tells the names
   * @return each one's hash by its name
   */
  default Map<String, String> embeddings(Predicate<String> name) {
    Map<String, String> found = new LinkedHashMap<>(embeddings());
    found.keySet().removeIf(name.negate());
    return found;
  }

  /**
   * The embeddings out of folders that a request's texts name. They are part of the request; those
   * that were given one by one are part of the model.
   *
   * @param request the request
   * @return each one's hash by its name
   */
  default Map<String, String> embeddingsOfFolders(ImageRequest request) {
    return Map.of();
  }

  /**
   * Tells whether it matters how the texts of a request are read.
   *
   * @param request the request
   * @param loras what would be merged
   * @return whether weights, {@code BREAK}, length or an embedding's name make them mean something
   *     else than as plain texts, or might, with embeddings that come with a LoRA
   */
  default boolean dependsOnPromptSyntax(ImageRequest request, List<LoraChoice> loras) {
    return false;
  }

  /**
   * Tells whether a negative prompt that is empty paints another picture than none at all.
   *
   * @return whether it does, as with Stable Diffusion XL
   */
  default boolean tellsEmptyNegativePromptApart() {
    return false;
  }
}
