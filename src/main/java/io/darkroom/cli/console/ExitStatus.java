package io.darkroom.cli.console;

import io.darkroom.base.ModelException;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.ParameterException;

/** What a finished program tells its caller. Scripts rely on these numbers: they never change. */
public enum ExitStatus {
  /** All pictures are there. */
  DONE(0, "done"),
  /** Something went wrong on the way. */
  FAILED(1, "failed while generating or writing"),
  /** The command makes no sense, or asks for what this machine or model cannot do. */
  USAGE(2, "wrong usage, or a device that is not there"),
  /** The model cannot be used. */
  MODEL(3, "the model is missing, malformed or not supported"),
  /** A batch went on to its end, but not every prompt became a picture. */
  BATCH_INCOMPLETE(4, "a batch ended with some prompts failed"),
  /** Neither host nor device has the memory. */
  OUT_OF_MEMORY(5, "out of memory"),
  /** The user stopped the program. */
  INTERRUPTED(130, "interrupted");

  private final int code;
  private final String meaning;

  ExitStatus(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /**
   * The number for the operating system.
   *
   * @return 0 to 255
   */
  public int code() {
    return code;
  }

  /**
   * What the status means, for the help.
   *
   * @return a few words
   */
  public String meaning() {
    return meaning;
  }

  /**
   * The status that a failure ends the program with: the one place where this is decided.
   *
   * @param failure what ended the work
   * @return the status
   */
  public static ExitStatus of(Throwable failure) {
    if (failure instanceof ParameterException || failure instanceof InvalidRequestException) {
      return USAGE;
    }
    if (failure instanceof ModelException) {
      return MODEL;
    }
    if (failure instanceof OutOfMemoryException || failure instanceof OutOfMemoryError) {
      return OUT_OF_MEMORY;
    }
    if (failure instanceof CancellationException) {
      return INTERRUPTED;
    }
    return FAILED;
  }
}
