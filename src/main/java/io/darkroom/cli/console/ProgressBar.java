package io.darkroom.cli.console;

import java.nio.charset.Charset;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Shows how far the pictures are: {@code picture 3/8 [████████░░░░] 12/20 3.4 steps/s 0:41 left}.
 */
public final class ProgressBar {
  private static final long REDRAW_NANOS = TimeUnit.MILLISECONDS.toNanos(80);
  private static final int MOST_CELLS = 30;
  private static final int FEWEST_CELLS = 5;

  private final Messages messages;
  private final LongSupplier nanoTime;
  private final int pictures;
  private final char full;
  private final char empty;

  private int first;
  private int count;
  private long firstStepTime;
  private long lastDrawn;

  /**
   * Creates the bar.
   *
   * @param messages shows the line
   * @param pictures how many there are in all
   * @param charset of the terminal
   * @param nanoTime the clock
   */
  public ProgressBar(Messages messages, int pictures, Charset charset, LongSupplier nanoTime) {
    this.messages = messages;
    this.pictures = pictures;
    this.nanoTime = nanoTime;
    boolean blocks = charset.newEncoder().canEncode('█');
    full = blocks ? '█' : '#';
    empty = blocks ? '░' : '.';
  }

  /**
   * A batch begins.
   *
   * @param first the index of its first picture, from 0
   * @param count how many pictures it has
   */
  public void begin(int first, int count) {
    this.first = first;
    this.count = count;
    messages.status(label() + "starting");
  }

  /**
   * A step of the batch is done.
   *
   * @param step the steps done, from 1
   * @param steps all of them
   */
  public void step(int step, int steps) {
    OptionalInt columns = messages.statusColumns();
    if (columns.isEmpty()) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (step == 1) {
      // The first step also warms up the engine: the pace is measured from its end.
      firstStepTime = now;
    } else if (step < steps && now - lastDrawn < REDRAW_NANOS) {
      return;
    }
    lastDrawn = now;
    String tail = " " + step + "/" + steps + pace(step, steps, now);
    int room = columns.getAsInt() - label().length() - tail.length() - 2;
    messages.status(label() + bar(step, steps, Math.min(room, MOST_CELLS)) + tail);
  }

  /** The steps are done, the pictures are not. */
  public void decoding() {
    messages.status(label() + "decoding");
  }

  private String label() {
    if (pictures == 1) {
      return "";
    }
    String range = count == 1 ? "" : "-" + (first + count);
    return (count == 1 ? "picture " : "pictures ") + (first + 1) + range + "/" + pictures + " ";
  }

  private String bar(int step, int steps, int cells) {
    if (cells < FEWEST_CELLS) {
      return "";
    }
    int done = (int) ((long) cells * step / steps);
    return "["
        + String.valueOf(full).repeat(done)
        + String.valueOf(empty).repeat(cells - done)
        + "]";
  }

  private String pace(int step, int steps, long now) {
    if (step < 2 || now <= firstStepTime) {
      return "";
    }
    double secondsPerStep = (now - firstStepTime) / 1e9 / (step - 1);
    int later = pictures - first - count;
    int batchesLater = (later + count - 1) / count;
    double left = secondsPerStep * (steps - step + (double) steps * batchesLater);
    String speed =
        secondsPerStep > 1
            ? String.format(Locale.ROOT, "%.1f s/step", secondsPerStep)
            : String.format(Locale.ROOT, "%.1f steps/s", 1 / secondsPerStep);
    return " " + speed + " " + clock(Math.round(left)) + " left";
  }

  /**
   * Minutes and seconds, with hours where there are any.
   *
   * @param seconds a duration
   * @return such as {@code 1:05} or {@code 2:00:07}
   */
  public static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }
}
