package io.darkroom.cli;

import java.util.concurrent.CancellationException;

/**
 * Watches for the end of the process by Ctrl-C or a signal while pictures are made. Then no
 * unfinished file stays behind; the exit status is 128 plus the signal's number, as the JVM has it.
 */
final class Interruption implements AutoCloseable {
  private final Thread hook;
  private volatile boolean requested;

  /**
   * Begins to watch.
   *
   * @param unfinished abandoned when the process ends
   * @param messages told so
   */
  Interruption(UnfinishedFiles unfinished, Messages messages) {
    hook =
        new Thread(
            () -> {
              requested = true;
              unfinished.abandon();
              messages.end("interrupted");
            },
            "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Ends the work if the process is about to end.
   *
   * @throws CancellationException if it is
   */
  void check() {
    if (requested) {
      throw new CancellationException("interrupted");
    }
  }

  /** Watches no more. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      requested = true; // the process is ending: the hook runs, or has run
    }
  }
}
