package io.darkroom.request;

/**
 * What was asked for cannot be made by this model or on this machine: a size that is no multiple of
 * the model's factor, a sampler that does not exist, a device that is not there. The message is one
 * line that says what would do.
 */
public final class InvalidRequestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong with the request and what would do, in one line
   */
  public InvalidRequestException(String message) {
    super(message);
  }
}
