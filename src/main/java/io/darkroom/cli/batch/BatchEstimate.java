package io.darkroom.cli.batch;

import com.google.gson.JsonObject;
import io.darkroom.batch.BatchPicture;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProgressBar;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.GuidanceInterval;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.PictureSize;
import io.darkroom.request.Setting;
import io.darkroom.request.Start;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** What a batch would make, and how long that would take by one step made now and thrown away. */
final class BatchEstimate {
  private final TextToImage pipeline;
  private final Optional<Integer> batchSize;
  private final Interruption interruption;
  private final Map<PictureSettings, Double> works = new HashMap<>();

  /**
   * Creates an estimate.
   *
   * @param pipeline makes the step
   * @param batchSize how many pictures go together; else the pipeline chooses
   * @param interruption ends it
   */
  BatchEstimate(TextToImage pipeline, Optional<Integer> batchSize, Interruption interruption) {
    this.pipeline = pipeline;
    this.batchSize = batchSize;
    this.interruption = interruption;
  }

  /**
   * Says what would be made.
   *
   * @param folder where
   * @param pictures what
   * @param workers how many would share the work
   * @param report takes the names
   * @param messages takes counts and time
   * @throws IOException if nobody reads the names any more
   */
  void print(
      Path folder, List<BatchPicture> pictures, int workers, BatchReport report, Messages messages)
      throws IOException {
    Map<String, Integer> sizes = new TreeMap<>();
    for (BatchPicture picture : pictures) {
      ImageRequest request = picture.request();
      PictureSize size = request.settings().resultSize(pipeline.sizeFactor());
      sizes.merge(size.width() + "x" + size.height(), 1, Integer::sum);
      report.tell("planned", picture, folder.resolve(picture.path()), new JsonObject());
    }
    if (pictures.isEmpty()) {
      return;
    }
    StringBuilder line = new StringBuilder("would make");
    sizes.forEach(
        (size, count) -> line.append(' ').append(count).append(" of ").append(size).append(','));
    double seconds = seconds(pictures) / workers;
    line.append(" in about ").append(ProgressBar.clock(Math.round(seconds)));
    line.append(" into ").append(folder);
    messages.note(line.toString());
    JsonObject event = BatchReport.event("estimate");
    event.addProperty("pictures", pictures.size());
    event.addProperty("seconds", Math.round(1000 * seconds) / 1000.0);
    report.tell(event);
  }

  /** By the first picture's size; the others in proportion to their pixels and their work. */
  private double seconds(List<BatchPicture> pictures) {
    ImageRequest first = pictures.get(0).request();
    pipeline.merge(pictures.get(0).loras());
    int together =
        Math.min(
            pictures.size(),
            batchSize.orElseGet(() -> pipeline.chooseBatchSize(first, pictures.size())));
    List<ImageRequest> alike =
        pictures.stream()
            .filter(picture -> picture.loras().equals(pictures.get(0).loras()))
            .map(picture -> picture.request().withSettings(oneStep(first).settings()))
            .toList();
    // The first pass also warms up. The second has other texts: known ones are not encoded again.
    pipeline.generate(Collections.nCopies(together, alike.get(0)), listener());
    List<ImageRequest> others =
        IntStream.rangeClosed(1, together).mapToObj(i -> alike.get(i % alike.size())).toList();
    RenderedImage.Seconds once = pipeline.generate(others, listener()).get(0).seconds();
    double stepSeconds = once.denoise() / work(oneStep(first));
    double decodeSeconds = once.decode() / pixels(first);
    return pictures.stream()
        .map(BatchPicture::request)
        .mapToDouble(
            request ->
                once.encode()
                    + work(request) * stepSeconds
                    + decodedPixels(request) * decodeSeconds)
        .sum();
  }

  private static double pixels(ImageRequest request) {
    return (double) request.settings().width() * request.settings().height();
  }

  private double decodedPixels(ImageRequest request) {
    PictureSize size = request.settings().resultSize(pipeline.sizeFactor());
    return (double) size.width() * size.height();
  }

  /** The same for all pictures of the same settings, but for their size. */
  private double work(ImageRequest request) {
    return pixels(request)
        * works.computeIfAbsent(request.settings(), settings -> pipeline.work(request));
  }

  /** With all that a step may have; what it may leave out is counted as work. */
  private static ImageRequest oneStep(ImageRequest request) {
    return request
        .withSettings(
            request
                .settings()
                .without(Setting.HIRES)
                .with(Setting.STEPS, 1)
                .with(Setting.GUIDANCE_RESCALE, 0.0)
                .with(Setting.GUIDANCE_INTERVAL, GuidanceInterval.EVERYWHERE))
        .withStart(Start.NOISE);
  }

  private PipelineListener listener() {
    return new PipelineListener() {
      @Override
      public void onStep(int step, int steps) {
        interruption.check();
      }

      @Override
      public void onWarning(String message) {} // the run itself says it
    };
  }
}
