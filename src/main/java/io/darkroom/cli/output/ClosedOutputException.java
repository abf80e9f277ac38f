package io.darkroom.cli.output;

import java.io.IOException;

/** Nobody reads standard output any more: whoever did, such as {@code head}, has read enough. */
public final class ClosedOutputException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What Linux and macOS call EPIPE, which Java tells as text alone. */
  private static final String BROKEN_PIPE = "Broken pipe";

  ClosedOutputException(String message, IOException cause) {
    super(message, cause);
  }

  static boolean isBehind(IOException failure) {
    return String.valueOf(failure.getMessage()).contains(BROKEN_PIPE);
  }
}
