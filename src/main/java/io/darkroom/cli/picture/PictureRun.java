package io.darkroom.cli.picture;

import io.darkroom.base.OneLine;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.LogConfiguration;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProgressBar;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.TerminalView;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.cli.option.SeriesOptions;
import io.darkroom.cli.option.ShowOption;
import io.darkroom.cli.output.Destination;
import io.darkroom.cli.output.FinishedPicture;
import io.darkroom.cli.output.NamedFile;
import io.darkroom.cli.output.PictureMetadata;
import io.darkroom.cli.output.PictureName;
import io.darkroom.cli.output.Report;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.image.Png;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.BatchSplitter;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.PromptReading;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSize;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The road from an order to files, the same for every command that paints: open the model, paint
 * batch after batch, keep and report each picture as it is finished.
 */
final class PictureRun {
  private final Surroundings surroundings;
  private final Messages messages;
  private final PipelineOpener opener;
  private final SeriesOptions series;
  private final Report report;
  private final ShowOption show;
  private final TerminalView view;
  private final UnfinishedFiles unfinished = new UnfinishedFiles();
  private final Destination destination;
  private final long start = System.nanoTime();

  /**
   * Plans a run.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   * @param opener opens the model
   * @param options how many pictures, where they go, whether they are drawn in the terminal
   * @throws io.darkroom.request.InvalidRequestException if the options do not fit together
   */
  PictureRun(
      Surroundings surroundings, Messages messages, PipelineOpener opener, PictureOptions options) {
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
    series = options.painting().series();
    report = options.output().report();
    show = options.show();
    show.check();
    view = show.view(surroundings, messages);
    series.check();
    destination = options.output().destination(series.images(), surroundings, unfinished);
  }

  /**
   * Paints the series.
   *
   * @param order what to paint
   * @param model the model's files
   * @param compute where and in which precision
   * @throws IOException if a picture cannot be written; those before it stay
   * @throws io.darkroom.base.ModelException if the model cannot be used
   * @throws io.darkroom.request.InvalidRequestException if the model or the machine cannot do it
   * @throws java.util.concurrent.CancellationException if the process is about to end
   */
  void paint(PictureOrder order, ModelFiles model, ComputeOptions compute) throws IOException {
    if (destination instanceof NamedFile named) {
      order.chosen().requireKept(named.file());
    }
    try (Interruption interruption = new Interruption(unfinished::abandon, messages)) {
      destination.check(IntStream.range(0, series.images()).mapToObj(order::name).toList());
      try (TextToImage pipeline = open(model, compute)) {
        paint(order, pipeline, interruption);
      }
    }
  }

  private TextToImage open(ModelFiles model, ComputeOptions compute) {
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    messages.status("loading " + model.model().getFileName());
    return opener.open(model, show.addTo(compute, surroundings));
  }

  private void paint(PictureOrder order, TextToImage pipeline, Interruption interruption)
      throws IOException {
    double loadSeconds = secondsSinceStart();
    messages.clearStatus();
    pipeline.warnings().forEach(messages::warn);
    ImageRequest pattern = order.request(0, pipeline);
    pipeline.check(pattern);
    requireSize(pattern.settings().resultSize(pipeline.sizeFactor()));
    beginHash(pipeline);
    messages.note(
        pipeline.modelName()
            + " on "
            + pipeline.device()
            + " in "
            + pipeline.dtype()
            + ", "
            + order.seeds(series.images()));
    order.chosen().notes().forEach(messages::note);
    noteUnusedEmbeddings(pattern, pipeline);
    ProgressBar progress =
        new ProgressBar(messages, series.images(), Charset.defaultCharset(), System::nanoTime);
    PaintingListener listener = new PaintingListener(progress, messages, interruption, view);
    BatchSplitter splitter = new BatchSplitter(pipeline, listener, this::warnOfMemory);
    int batchSize = series.batchSize(pipeline, pattern);
    for (int from = 0; from < series.images(); ) {
      int count = Math.min(Math.min(batchSize, splitter.most()), series.images() - from);
      progress.begin(from, count);
      List<RenderedImage> pictures =
          splitter.paint(
              IntStream.range(from, from + count)
                  .mapToObj(i -> order.request(i, pipeline))
                  .toList());
      for (int i = 0; i < pictures.size(); i++) {
        keep(pictures.get(i), order.name(from + i), pipeline, loadSeconds);
      }
      from += pictures.size();
    }
  }

  /** A large file's hash takes seconds. It is there when the first picture is. */
  private static void beginHash(TextToImage pipeline) {
    Thread hashing =
        new Thread(
            () -> {
              pipeline.modelHash();
              pipeline.refiner();
            },
            "model-hash");
    hashing.setDaemon(true);
    hashing.setUncaughtExceptionHandler((thread, failure) -> {}); // told when the hash is used
    hashing.start();
  }

  private void requireSize(PictureSize size) {
    if (!destination.format().canHold(size.width(), size.height())) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too large for %s; write a .png file"
              .formatted(size.width(), size.height(), destination.format()));
    }
  }

  private void warnOfMemory(String message) {
    messages.clearStatus();
    messages.warn(message);
  }

  /** Easily overlooked: a file of diffusers goes by its own name, not by its token's. */
  private void noteUnusedEmbeddings(ImageRequest request, PromptReading pipeline) {
    Set<String> unused = new LinkedHashSet<>(pipeline.embeddings().keySet());
    unused.removeAll(pipeline.embeddings(request).keySet());
    if (!unused.isEmpty()) {
      messages.note(
          "--embedding has no effect, because no prompt contains "
              + OneLine.of(String.join(", ", unused)));
    }
  }

  private void keep(
      RenderedImage picture, PictureName name, TextToImage pipeline, double loadSeconds)
      throws IOException {
    Png png = PictureMetadata.png(picture, pipeline);
    Optional<Path> file = destination.save(png, name);
    messages.clearStatus();
    view.show(picture.image());
    if (file.isPresent()) {
      FinishedPicture finished =
          new FinishedPicture(file.get(), picture, loadSeconds, secondsSinceStart());
      new StandardOutput(surroundings.out())
          .report(report.line(finished, pipeline), report.charset());
    }
  }

  private double secondsSinceStart() {
    return (System.nanoTime() - start) / 1e9;
  }
}
