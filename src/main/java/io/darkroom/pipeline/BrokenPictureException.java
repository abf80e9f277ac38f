package io.darkroom.pipeline;

/** A picture came out of the decoder as something other than numbers, in float32 too. */
public final class BrokenPictureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what happened and what to do, in one line
   */
  public BrokenPictureException(String message) {
    super(message);
  }
}
