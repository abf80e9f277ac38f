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
  private int lastStep;
  private Pass pass = Pass.ONLY;

  /**
   * Steps that take one time each.
   *
   * @param label what is shown of it, with a space behind; empty if there is no other
   * @param from the steps that were done before it
   * @param steps how many it has; 0 for all that there are
   * @param before the share of the work that was done before it
   * @param share its own share of the work
   */
  private record Pass(String label, int from, int steps, double before, double share) {
    static final Pass ONLY = new Pass("", 0, 0, 0, 1);

    /** The work of the passes to come, in times of its own. */
    double later() {
      return Math.max(0, 1 - before - share) / share;
    }
  }

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
    pass = Pass.ONLY;
    lastStep = 0;
    messages.status(label() + "starting");
  }

  /**
   * A pass of several begins: its first step is about to be told.
   *
   * @param number of the pass, from 1
   * @param count how many there are
   * @param steps how many it has
   * @param before the share of the batch's work that was done before, 0 to 1
   * @param share its own share, above 0
   */
  public void pass(int number, int count, int steps, double before, double share) {
    pass = new Pass("pass " + number + "/" + count + " ", lastStep, steps, before, share);
  }

  /**
   * A step of the batch is done.
   *
   * @param step the steps done, from 1
   * @param steps all of them
   */
  public void step(int step, int steps) {
    lastStep = step;
    OptionalInt columns = messages.statusColumns();
    if (columns.isEmpty()) {
      return;
    }
    long now = nanoTime.getAsLong();
    if (step - pass.from() == 1) {
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
    return pictures() + pass.label();
  }

  private String pictures() {
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
    int done = step - pass.from();
    if (done < 2 || now <= firstStepTime) {
      return "";
    }
    double secondsPerStep = (now - firstStepTime) / 1e9 / (done - 1);
    int later = pictures - first - count;
    int batchesLater = (later + count - 1) / count;
    int all = pass.steps() == 0 ? steps : pass.steps();
    double passSeconds = secondsPerStep * all;
    double left =
        secondsPerStep * (all - done)
            + passSeconds * pass.later()
            + passSeconds / pass.share() * batchesLater;
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
