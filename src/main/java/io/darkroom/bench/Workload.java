package io.darkroom.bench;

/**
 * What one row measures.
 *
 * @param size of the pictures
 * @param pictures made together
 * @param chunks of the prompt, each as long as the text encoder takes at once
 * @param steps of the loop
 */
public record Workload(PictureSize size, int pictures, int chunks, int steps) {
  /** Such as {@code 512x512, batch 4}; chunks are told where they are more than one. */
  @Override
  public String toString() {
    return size
        + ", batch "
        + pictures
        + (chunks == 1 ? "" : ", chunks " + chunks)
        + ", steps "
        + steps;
  }
}
