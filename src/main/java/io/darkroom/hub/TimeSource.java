package io.darkroom.hub;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time as downloads know it: that of the machine, or one that a test moves. */
interface TimeSource {
  /** Nanoseconds since some moment; only differences mean something. */
  long nanoTime();

  /**
   * Waits.
   *
   * @param pause how long
   * @throws InterruptedException if the thread is interrupted meanwhile
   */
  void sleep(Duration pause) throws InterruptedException;

  /**
   * Has something looked at again and again, on another thread.
   *
   * @param period the time between two looks
   * @param look what to run; throws nothing
   * @return ends it when it is closed
   */
  Watch every(Duration period, Runnable look);

  /** Something that is looked at until this is closed. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  /** The machine's time. Its one thread is a daemon and ends when nothing is watched. */
  static TimeSource ofMachine() {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            look -> {
              Thread thread = new Thread(look, "download clock");
              thread.setDaemon(true);
              return thread;
            });
    executor.setRemoveOnCancelPolicy(true);
    executor.setKeepAliveTime(1, TimeUnit.SECONDS);
    executor.allowCoreThreadTimeOut(true);
    return new TimeSource() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public void sleep(Duration pause) throws InterruptedException {
        Thread.sleep(pause.toMillis());
      }

      @Override
      public Watch every(Duration period, Runnable look) {
        long nanos = Math.max(1, period.toNanos());
        ScheduledFuture<?> future =
            executor.scheduleWithFixedDelay(look, nanos, nanos, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
      }
    };
  }
}
