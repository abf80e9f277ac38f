package io.darkroom.bench;

import java.util.Optional;

/**
 * What one row measures.
 *
 * @param size of the pictures, in the pass that is measured
 * @param pictures made together
 * @param chunks of the prompt, each as long as the text encoder takes at once
 * @param steps of the loop
 * @param after the size of the pass before, if this one is the second
 */
public record Workload(
    PictureSize size, int pictures, int chunks, int steps, Optional<PictureSize> after) {
  /** The size, and that of the pass before: such as {@code 1024x1024 after 512x512}. */
  String sizes() {
    return size + after.map(first -> " after " + first).orElse("");
  }

  /** Such as {@code 512x512, batch 4}; chunks are told where they are more than one. */
  @Override
  public String toString() {
    return sizes()
        + ", batch "
        + pictures
        + (chunks == 1 ? "" : ", chunks " + chunks)
        + ", steps "
        + steps;
  }
}
