package io.darkroom.cli;

import io.darkroom.image.Png;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.ModelDefaults;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom [OPTIONS] PROMPT...}: paints what the prompt says, one picture a seed. */
@Command(
    name = "darkroom",
    versionProvider = Version.class,
    subcommands = GenerateCompletion.class,
    header = "Text to image at the terminal.",
    customSynopsis = {"darkroom [OPTIONS] PROMPT...", "       darkroom COMMAND [ARGUMENTS]"},
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom \"a red house by a tree on a snowy hill at night\"",
      "  darkroom -N 4 -o 'boats/{seed}.png' a white boat on the sea",
      "  echo \"a windmill at dawn\" | darkroom - -o - > windmill.png"
    })
final class PictureCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "PROMPT...",
      hideParamSyntax = true,
      arity = "0..*",
      parameterConsumer = PromptText.Words.class,
      description = {
        "What to paint; words are joined by spaces, - reads standard input.",
        "A prompt that begins with a command's name or a dash goes after --."
      })
  private final List<String> words = new ArrayList<>();

  @Mixin private final ModelOption model = new ModelOption();
  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final SeriesOptions series = new SeriesOptions();
  @Mixin private final OutputOption output = new OutputOption();
  @Mixin private final ComputeOption compute = new ComputeOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final Surroundings surroundings;
  private final Messages messages;
  private final PipelineOpener opener;
  private final long start = System.nanoTime();

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   * @param opener opens the model
   */
  PictureCommand(Surroundings surroundings, Messages messages, PipelineOpener opener) {
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    sampling.choices().check();
    series.check();
    ComputeOptions computeOptions = compute.options();
    UnfinishedFiles unfinished = new UnfinishedFiles();
    Destination destination = output.destination(series.images(), surroundings, unfinished);
    String prompt = PromptText.of(words, surroundings.in());
    Seed first = series.firstSeed();
    Path modelPath = model.locate(surroundings);
    try (Interruption interruption = new Interruption(unfinished, messages)) {
      destination.check(names(prompt, first));
      try (TextToImage pipeline = open(modelPath, computeOptions)) {
        paint(prompt, first, pipeline, destination, interruption);
      }
    }
    return ExitStatus.DONE.code();
  }

  private List<PictureName> names(String prompt, Seed first) {
    return IntStream.range(0, series.images()).mapToObj(i -> name(prompt, first, i)).toList();
  }

  private static PictureName name(String prompt, Seed first, int index) {
    return new PictureName(prompt, first.plus(index).value(), index + 1);
  }

  private TextToImage open(Path modelPath, ComputeOptions computeOptions) {
    if (speech.level() == Messages.Level.VERBOSE) {
      LogConfiguration.show();
    }
    messages.status("loading " + modelPath.getFileName());
    TextToImage pipeline = opener.open(modelPath, computeOptions);
    messages.clearStatus();
    return pipeline;
  }

  private void paint(
      String prompt,
      Seed first,
      TextToImage pipeline,
      Destination destination,
      Interruption interruption)
      throws IOException {
    double loadSeconds = secondsSinceStart();
    ImageRequest pattern = request(prompt, first, pipeline.defaults());
    pipeline.check(pattern);
    messages.note(
        pipeline.modelName()
            + " on "
            + pipeline.device()
            + " in "
            + pipeline.dtype()
            + ", "
            + seeds(first));
    ProgressBar progress =
        new ProgressBar(messages, series.images(), Charset.defaultCharset(), System::nanoTime);
    PaintingListener listener = new PaintingListener(progress, messages, interruption);
    int batchSize = series.batchSize(pipeline, pattern);
    for (int done = 0; done < series.images(); done += batchSize) {
      int from = done;
      List<ImageRequest> batch =
          IntStream.range(from, Math.min(from + batchSize, series.images()))
              .mapToObj(i -> request(prompt, first.plus(i), pipeline.defaults()))
              .toList();
      progress.begin(from, batch.size());
      List<RenderedImage> pictures = pipeline.generate(batch, listener);
      for (int i = 0; i < pictures.size(); i++) {
        RenderedImage picture = pictures.get(i);
        Png png = PictureMetadata.png(picture, pipeline);
        Optional<Path> file = destination.save(png, name(prompt, first, from + i));
        messages.clearStatus();
        if (file.isPresent()) {
          report(
              new FinishedPicture(file.get(), picture, loadSeconds, secondsSinceStart()), pipeline);
        }
      }
    }
  }

  private ImageRequest request(String prompt, Seed seed, ModelDefaults defaults) {
    return sampling.choices().request(prompt, seed.value(), defaults);
  }

  private void report(FinishedPicture picture, TextToImage pipeline) throws IOException {
    Report report = output.report();
    new StandardOutput(surroundings.out())
        .println(report.line(picture, pipeline), report.charset());
  }

  private String seeds(Seed first) {
    return series.images() == 1
        ? "seed " + first.value()
        : "seeds " + first.value() + " to " + first.plus(series.images() - 1).value();
  }

  private double secondsSinceStart() {
    return (System.nanoTime() - start) / 1e9;
  }
}
