package io.darkroom.base;

/**
 * The model cannot be used: it is missing, malformed or of a kind that Darkroom does not run. The
 * message is one line for the person at the terminal; it names the file and, where there is one,
 * the key, the tensor or the offset, and says what to do.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message what is wrong with the model, in one line
   */
  public ModelException(String message) {
    super(message);
  }

  /**
   * Creates the exception with what lies behind it.
   *
   * @param message what is wrong with the model, in one line
   * @param cause the failure behind it
   */
  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
