package io.darkroom.cli.console;

import com.sun.jna.Function;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Watches for the end of the process by Ctrl-C or a signal while pictures are made. Then no
 * unfinished file stays behind; the exit status is 128 plus the signal's number, as the JVM has it.
 *
 * <p>The work is given a moment to stop at the end of a step. Where a step takes longer, the
 * process ends at once: an orderly exit would run libtorch's destructors under its computing
 * threads, which crashes.
 */
public final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 2;
  private static final Map<String, Integer> STATUSES =
      Map.of("SIGHUP handler", 128 + 1, "SIGINT handler", 128 + 2, "SIGTERM handler", 128 + 15);

  private final CountDownLatch workStopped = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean requested;

  /**
   * Begins to watch.
   *
   * @param abandon removes what is unfinished when the process ends
   * @param messages told so
   */
  public Interruption(Runnable abandon, Messages messages) {
    hook =
        new Thread(
            () -> {
              requested = true;
              abandon.run();
              messages.end("interrupted");
              awaitEndOfWork();
            },
            "interruption");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Begins to watch over work that leaves nothing unfinished.
   *
   * @param messages told of the end
   */
  public Interruption(Messages messages) {
    this(() -> {}, messages);
  }

  /**
   * Ends the work if the process is about to end.
   *
   * @throws CancellationException if it is
   */
  public void check() {
    if (requested) {
      throw new CancellationException("interrupted");
    }
  }

  /** The work is over, one way or the other: watches no more. */
  @Override
  public void close() {
    workStopped.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      requested = true; // the process is ending: the hook runs, or has run
    }
  }

  private void awaitEndOfWork() {
    try {
      if (!workStopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        Function.getFunction("c", "_exit").invokeVoid(new Object[] {status()});
      }
    } catch (InterruptedException | LinkageError e) {
      Thread.currentThread().interrupt(); // then the orderly exit has to do
    }
  }

  /**
   * The status of the signal that ends the process, told by the thread that the JVM handles it on.
   */
  private static int status() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(STATUSES::containsKey)
        .map(STATUSES::get)
        .findFirst()
        .orElse(ExitStatus.INTERRUPTED.code());
  }
}
