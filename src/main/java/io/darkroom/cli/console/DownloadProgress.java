package io.darkroom.cli.console;

import io.darkroom.base.OneLine;
import io.darkroom.hub.ByteCount;
import io.darkroom.hub.DownloadListener;
import io.darkroom.hub.DownloadPlan;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Shows how far a download is: on a terminal one line for all files, {@code downloading [████░░░░]
 * 45 % of 3.4 GB, 12.3 MB/s, 2:31 left}; elsewhere a line for each finished file.
 */
public final class DownloadProgress implements DownloadListener {
  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int COMMIT_DIGITS = 8;
  private static final int MOST_CELLS = 30;
  private static final int FEWEST_CELLS = 5;

  private final Messages messages;
  private final Interruption interruption;
  private final LongSupplier nanoTime;
  private final char full;
  private final char empty;

  private long total;
  private long received;
  private long start;
  private long lastDrawn;

  /**
   * Creates the display.
   *
   * @param messages shows it
   * @param interruption ends the download
   * @param charset of the terminal
   * @param nanoTime the clock
   */
  public DownloadProgress(
      Messages messages, Interruption interruption, Charset charset, LongSupplier nanoTime) {
    this.messages = messages;
    this.interruption = interruption;
    this.nanoTime = nanoTime;
    boolean blocks = charset.newEncoder().canEncode('█');
    full = blocks ? '█' : '#';
    empty = blocks ? '░' : '.';
  }

  /** {@return how many bytes have arrived} */
  public synchronized long receivedBytes() {
    return received;
  }

  @Override
  public synchronized void planned(DownloadPlan plan) {
    String model = plan.id() + " (commit " + plan.commit().substring(0, COMMIT_DIGITS) + ")";
    if (plan.missingFiles() == 0) {
      planned(model + " is in the cache, " + ByteCount.text(plan.bytes()), 0);
      return;
    }
    planned(
        "downloading "
            + model
            + ", "
            + plan.choice()
            + ": "
            + plan.missingFiles()
            + (plan.missingFiles() == 1 ? " file, " : " files, ")
            + ByteCount.text(plan.missingBytes())
            + (plan.missingBytes() < plan.bytes()
                ? "; the rest of " + ByteCount.text(plan.bytes()) + " is in the cache"
                : ""),
        plan.missingBytes());
  }

  /**
   * Something that is no model is downloaded.
   *
   * @param announcement what, and where to, in one line
   * @param bytes how much
   */
  public synchronized void planned(String announcement, long bytes) {
    total = bytes;
    start = nanoTime.getAsLong();
    messages.note(announcement);
  }

  @Override
  public synchronized void received(long bytes) {
    interruption.check();
    received += bytes;
    long now = nanoTime.getAsLong();
    OptionalInt columns = messages.statusColumns();
    if (total > 0 && columns.isPresent() && now - lastDrawn >= REDRAW_NANOS) {
      lastDrawn = now;
      messages.status(line(now, columns.getAsInt()));
    }
  }

  private String line(long now, int columns) {
    long done = Math.max(0, Math.min(received, total));
    double seconds = (now - start) / 1e9;
    String pace = "";
    if (done > 0 && seconds > 1) {
      double speed = done / seconds;
      pace =
          String.format(
              Locale.ROOT,
              ", %s/s, %s left",
              ByteCount.text(Math.round(speed)),
              ProgressBar.clock(Math.round((total - done) / speed)));
    }
    String label = "downloading ";
    String tail = " " + 100 * done / total + " % of " + ByteCount.text(total) + pace;
    int cells = Math.min(MOST_CELLS, columns - label.length() - tail.length() - 2);
    if (cells < FEWEST_CELLS) {
      return label + tail.strip();
    }
    int filled = (int) (cells * done / total);
    return label
        + "["
        + String.valueOf(full).repeat(filled)
        + String.valueOf(empty).repeat(cells - filled)
        + "]"
        + tail;
  }

  @Override
  public synchronized void finished(String path, long bytes) {
    if (messages.statusColumns().isEmpty()) {
      messages.note("downloaded " + OneLine.of(path) + ", " + ByteCount.text(bytes));
    }
  }

  @Override
  public synchronized void note(String message) {
    messages.note(message);
  }
}
