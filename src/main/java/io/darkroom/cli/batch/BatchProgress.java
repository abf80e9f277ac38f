package io.darkroom.cli.batch;

import io.darkroom.batch.BatchListener;
import io.darkroom.batch.BatchPicture;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProgressBar;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.function.LongSupplier;

/**
 * Tells a person how a batch goes on: {@code 12 of 200, 1 failed, 34.5 pictures/min, 5:27 left}.
 */
final class BatchProgress implements BatchListener {
  private final Messages messages;
  private final BatchReport report;
  private final Interruption interruption;
  private final OptionalInt pictures;
  private final LongSupplier nanoTime;
  private final long start;
  private int made;
  private int failed;

  /**
   * Creates the line.
   *
   * @param messages shows it
   * @param report tells programs
   * @param interruption ends the batch
   * @param pictures how many are to be made, if anybody knows
   * @param nanoTime the clock
   */
  BatchProgress(
      Messages messages,
      BatchReport report,
      Interruption interruption,
      OptionalInt pictures,
      LongSupplier nanoTime) {
    this.messages = messages;
    this.report = report;
    this.interruption = interruption;
    this.pictures = pictures;
    this.nanoTime = nanoTime;
    start = nanoTime.getAsLong();
  }

  @Override
  public void onStep() {
    interruption.check();
  }

  @Override
  public void onFinished(
      BatchPicture picture, RenderedImage rendered, TextToImage pipeline, Path file)
      throws IOException {
    made++;
    report.tell("picture", picture, file, BatchReport.seconds(rendered));
    messages.status(line());
  }

  @Override
  public void onFailed(BatchPicture picture, String error) throws IOException {
    failed++;
    messages.complain("line " + picture.line() + ", picture " + picture.id() + ": " + error);
    var event = BatchReport.about("failed", picture);
    event.addProperty("error", error);
    report.tell(event);
    messages.status(line());
  }

  @Override
  public void onWarning(String message) {
    messages.warn(message);
  }

  @Override
  public void onDetail(String message) {
    messages.detail(message);
  }

  private String line() {
    double minutes = minutes();
    StringBuilder line = new StringBuilder().append(made + failed);
    pictures.ifPresent(all -> line.append(" of ").append(all));
    if (failed > 0) {
      line.append(", ").append(failed).append(" failed");
    }
    line.append(String.format(Locale.ROOT, ", %.1f pictures/min", made / minutes));
    if (pictures.isPresent() && made + failed > 0) {
      double left = minutes / (made + failed) * (pictures.getAsInt() - made - failed);
      line.append(", ").append(ProgressBar.clock(Math.round(60 * left))).append(" left");
    }
    return line.toString();
  }

  /**
   * How long it took and how fast that was.
   *
   * @return such as {@code 200 made in 5:20 (37.5 a minute)}
   */
  String summary() {
    return String.format(
        Locale.ROOT,
        "%d made in %s (%.1f a minute)",
        made,
        ProgressBar.clock(Math.round(60 * minutes())),
        made / minutes());
  }

  private double minutes() {
    return Math.max(1, nanoTime.getAsLong() - start) / 60e9;
  }
}
