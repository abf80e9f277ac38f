package io.darkroom.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private long now = 1;

  @Test
  void theBarShowsPaceAndTimeLeft() {
    ProgressBar bar = bar(1, 80, StandardCharsets.UTF_8);
    bar.begin(0, 1);
    steps(bar, 10, 20, 500);
    assertEquals("[███████████████░░░░░░░░░░░░░░░] 10/20 2.0 steps/s 0:05 left", lastLine());
  }

  @Test
  void slowStepsAreCountedInSecondsAndLaterBatchesInTimeLeft() {
    ProgressBar bar = bar(5, 80, StandardCharsets.US_ASCII);
    bar.begin(2, 2);
    steps(bar, 5, 10, 400_000);
    assertEquals(
        "pictures 3-4/5 [###############...............] 5/10 400.0 s/step 1:40:00 left",
        lastLine());
    bar.begin(4, 1);
    assertEquals("picture 5/5 starting", lastLine());
  }

  /** The second pass takes four fifths of the work: its steps are slower. */
  @Test
  void eachPassHasItsPace() {
    ProgressBar bar = bar(1, 80, StandardCharsets.US_ASCII);
    bar.begin(0, 1);
    bar.pass(1, 2, 10, 0, 0.2);
    steps(bar, 6, 20, 1000);
    // 4 steps of a second, and four times the ten of the whole pass
    assertEquals(
        "pass 1/2 [#########.....................] 6/20 1.0 steps/s 0:44 left", lastLine());
    for (int step = 7; step <= 10; step++) {
      now += TimeUnit.SECONDS.toNanos(1);
      bar.step(step, 20);
    }
    bar.pass(2, 2, 10, 0.2, 0.8);
    for (int step = 11; step <= 15; step++) {
      now += TimeUnit.SECONDS.toNanos(4);
      bar.step(step, 20);
    }
    assertEquals(
        "pass 2/2 [######################........] 15/20 4.0 s/step 0:20 left", lastLine());
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    for (int columns = 1; columns < 100; columns++) {
      err.reset();
      ProgressBar bar = bar(12, columns, StandardCharsets.UTF_8);
      bar.begin(3, 4);
      steps(bar, 50, 50, 700);
      bar.decoding();
      int limit = columns;
      assertTrue(lines().stream().allMatch(line -> line.length() < Math.max(limit, 1)));
    }
  }

  @Test
  void fastStepsAreNotAllDrawn() {
    ProgressBar bar = bar(1, 80, StandardCharsets.UTF_8);
    bar.begin(0, 1);
    steps(bar, 1000, 1000, 1);
    assertTrue(lines().size() < 20);
    assertTrue(lastLine().contains("1000/1000"));
  }

  private ProgressBar bar(int pictures, int columns, Charset charset) {
    Messages messages =
        new Messages(new PrintStream(err, true, StandardCharsets.UTF_8), OptionalInt.of(columns));
    return new ProgressBar(messages, pictures, charset, () -> now);
  }

  private void steps(ProgressBar bar, int count, int steps, long milliseconds) {
    for (int step = 1; step <= count; step++) {
      now += TimeUnit.MILLISECONDS.toNanos(milliseconds);
      bar.step(step, steps);
    }
  }

  private List<String> lines() {
    return List.of(err.toString(StandardCharsets.UTF_8).split("\r\u001b\\[K", -1));
  }

  private String lastLine() {
    return lines().get(lines().size() - 1);
  }
}
