package io.darkroom.base;

/** The end of a thread. */
public final class ThreadEnd {
  private ThreadEnd() {}

  /**
   * Waits for it. An interruption does not end the waiting: the calling thread is interrupted
   * afterwards.
   *
   * @param thread which
   */
  public static void await(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
