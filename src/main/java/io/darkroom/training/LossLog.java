package io.darkroom.training;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A text file with a line a step: step, seconds since the run began, losses. */
final class LossLog implements AutoCloseable {
  private final BufferedWriter out;
  private final long start = System.nanoTime();
  private double[] sums = {};
  private int added;

  /**
   * Opens the log for appending.
   *
   * @param path the file
   */
  LossLog(Path path) {
    try {
      out = Files.newBufferedWriter(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes a line.
   *
   * @param step the step's number
   * @param losses its losses
   */
  void write(int step, List<Float> losses) {
    String numbers =
        losses.stream().map(loss -> String.format("%.5f", loss)).collect(Collectors.joining(","));
    double seconds = (System.nanoTime() - start) / 1e9;
    try {
      out.write(String.format("%d,%.1f,%s%n", step, seconds, numbers));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Takes the losses of each step, and writes a line with their means now and then.
   *
   * @param step the step's number
   * @param every how many steps a line is for
   * @param losses its losses, always as many
   */
  void add(int step, int every, List<Float> losses) {
    if (sums.length != losses.size()) {
      sums = new double[losses.size()];
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] += losses.get(i);
    }
    added++;
    if (step % every == 0) {
      write(step, Arrays.stream(sums).mapToObj(sum -> (float) (sum / added)).toList());
      sums = new double[losses.size()];
      added = 0;
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
