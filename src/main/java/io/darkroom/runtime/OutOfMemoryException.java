package io.darkroom.runtime;

/**
 * Neither the host nor the device had the memory that a picture needs; the message says what would
 * fit.
 */
public final class OutOfMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception before anything was tried.
   *
   * @param message what cannot fit and what to do, in one line
   */
  public OutOfMemoryException(String message) {
    super(message);
  }

  /**
   * Creates the exception.
   *
   * @param message what did not fit and what to do, in one line
   * @param cause the engine's failure
   */
  public OutOfMemoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
