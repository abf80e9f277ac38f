package io.darkroom.cli.picture;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.ModelException;
import io.darkroom.base.Printable;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.LogConfiguration;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.ProgressBar;
import io.darkroom.cli.console.StandardStream;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.TerminalView;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.ComputeOption;
import io.darkroom.cli.option.GpuLibraries;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.SamplingOptions;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.option.ThreadsOption;
import io.darkroom.cli.option.UpscaleOutputOption;
import io.darkroom.cli.option.UpscalerOption;
import io.darkroom.cli.output.Destination;
import io.darkroom.cli.output.NamedFile;
import io.darkroom.cli.output.PictureName;
import io.darkroom.cli.output.Report;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.cli.output.UpscaledMetadata;
import io.darkroom.cli.output.UpscaledMetadata.Enlargement;
import io.darkroom.image.HiddenColours;
import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.Upscaler;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.UpscaleRequest;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom upscale FILE...}: makes pictures larger. */
@Command(
    name = "upscale",
    versionProvider = Version.class,
    header = "Make pictures larger.",
    description = {
      "",
      "The upscaler is given with --model. Its file or folder tells what kind it is. A picture may"
          + " have any size: a large one is enlarged in overlapping tiles, which leave no seam. Its"
          + " transparency and its texts are kept. A file that cannot be read is an error; the other"
          + " files are enlarged all the same."
    },
    customSynopsis = "darkroom upscale [OPTIONS] FILE...",
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom upscale -m RealESRGAN_x4plus.pth boat.png",
      "  darkroom upscale -m RealESRGAN_x4plus.pth -o large/ pictures/*.jpg",
      "  darkroom upscale -m stabilityai/stable-diffusion-x4-upscaler boat.png"
    })
public final class UpscaleCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE...",
      hideParamSyntax = true,
      arity = "1..*",
      description = "The pictures' files. - reads standard input.")
  private final List<String> files = new ArrayList<>();

  @Mixin private final UpscalerOption model = new UpscalerOption();
  @Mixin private final UpscaleOptions upscale = new UpscaleOptions();
  @Mixin private final SamplingOptions sampling = SamplingOptions.ofUpscaler();
  @Mixin private final UpscaleOutputOption output = new UpscaleOutputOption();
  @Mixin private final ComputeOption compute = new ComputeOption();
  @Mixin private final ThreadsOption threads = new ThreadsOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final Surroundings surroundings;
  private final Messages messages;
  private final UnfinishedFiles unfinished = new UnfinishedFiles();
  private final long start = System.nanoTime();

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   */
  public UpscaleCommand(Surroundings surroundings, Messages messages) {
    this.surroundings = surroundings;
    this.messages = messages;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    Choices choices = sampling.choices();
    choices.check();
    UpscaleRequest request =
        new UpscaleRequest(upscale.prompt(), choices, upscale.noiseLevel(), upscale.seed().value());
    if (files.stream().filter(StandardStream.INPUT::is).count() > 1) {
      throw new InvalidRequestException("standard input can be one picture only");
    }
    // What is wrong with the place is told before a model is loaded.
    output.destination(files.size(), 1, surroundings, unfinished);
    ComputeOptions options = threads.addTo(compute.options());
    ModelFiles found = model.locate(surroundings, messages, options);
    new GpuLibraries(surroundings, messages).prepare(options.device());
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    messages.status("loading " + found.model().getFileName());
    try (Interruption interruption = new Interruption(unfinished::abandon, messages);
        Upscaler upscaler = Upscaler.open(found, options)) {
      return enlarge(upscaler, request, interruption).code();
    }
  }

  private ExitStatus enlarge(Upscaler upscaler, UpscaleRequest request, Interruption interruption)
      throws IOException {
    messages.clearStatus();
    double loadSeconds = secondsSinceStart();
    upscaler.warnings().forEach(messages::warn);
    upscaler.check(request);
    Destination destination =
        output.destination(files.size(), upscaler.factor(), surroundings, unfinished);
    destination.check(IntStream.range(0, files.size()).mapToObj(i -> name(i, request)).toList());
    FutureTask<String> hash = beginHash(upscaler);
    Map<String, JsonPrimitive> details = upscaler.details(request);
    messages.note(
        "%s on %s in %s%s"
            .formatted(
                upscaler.name(),
                upscaler.device(),
                upscaler.dtype(),
                details.containsKey("seed") ? ", seed " + request.seed() : ""));
    ProgressBar progress =
        new ProgressBar(messages, files.size(), Charset.defaultCharset(), System::nanoTime);
    PaintingListener listener =
        new PaintingListener(
            progress,
            messages,
            interruption,
            new TerminalView(false, false, surroundings, messages));
    ExitStatus status = ExitStatus.DONE;
    for (int i = 0; i < files.size(); i++) {
      EnlargedFile source;
      try {
        requireKept(files.get(i), destination);
        source = EnlargedFile.read(files.get(i), surroundings);
      } catch (IOException e) {
        messages.fail(e);
        status = ExitStatus.FAILED;
        continue;
      }
      source.picture().notes().forEach(note -> messages.note(source.name() + ": " + note));
      progress.begin(i, 1);
      double begun = secondsSinceStart();
      RgbImage large = upscaler.upscale(seen(source), request, listener);
      double seconds = secondsSinceStart() - begun;
      Enlargement how = new Enlargement(upscaler.factor(), upscaler.name(), result(hash), details);
      Optional<Path> file = keep(source, large, how, name(i, request), destination);
      if (file.isPresent()) {
        report(line(source, file.get(), large, how, upscaler, loadSeconds, seconds));
      }
    }
    return status;
  }

  private static RgbImage seen(EnlargedFile source) {
    RgbImage image = source.picture().image();
    return source
        .picture()
        .opacity()
        .map(opacity -> HiddenColours.replaced(image, opacity))
        .orElse(image);
  }

  /** A large file's hash takes seconds. It is there when the first picture is. */
  private static FutureTask<String> beginHash(Upscaler upscaler) {
    FutureTask<String> hash = new FutureTask<>(upscaler::hash);
    Thread hashing = new Thread(hash, "upscaler-hash");
    hashing.setDaemon(true);
    hashing.start();
    return hash;
  }

  private static String result(FutureTask<String> hash) {
    try {
      return hash.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ModelException failure
          ? new ModelException(failure.getMessage(), failure)
          : new IllegalStateException(e.getCause());
    }
  }

  private PictureName name(int index, UpscaleRequest request) {
    String stem = EnlargedFile.stem(files.get(index));
    return new PictureName(stem, stem, request.seed(), index + 1);
  }

  private void requireKept(String source, Destination destination) throws IOException {
    Optional<Path> file = EnlargedFile.file(source, surroundings);
    if (destination instanceof NamedFile named
        && file.isPresent()
        && Files.exists(named.file())
        && Files.exists(file.get())
        && Files.isSameFile(file.get(), named.file())) {
      throw new InvalidRequestException(
          source
              + ": the result would replace its source picture; name another file with --output");
    }
  }

  private Optional<Path> keep(
      EnlargedFile source,
      RgbImage large,
      Enlargement how,
      PictureName name,
      Destination destination)
      throws IOException {
    PictureFormat format = destination.format();
    if (!format.canHold(large.width(), large.height())) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too large for %s; write a .png file"
              .formatted(large.width(), large.height(), format));
    }
    Png png = UpscaledMetadata.png(source.picture(), source.texts(), large, how, format);
    messages.clearStatus();
    if (format == PictureFormat.JPEG && png.opacity().isPresent()) {
      messages.warn(
          source.name() + ": JPEG has no transparency; write a .png or .webp file to keep it");
    }
    noteSize(source, large, how);
    return destination.save(png, name);
  }

  private void noteSize(EnlargedFile source, RgbImage large, Enlargement how) {
    RgbImage small = source.picture().image();
    if (large.width() != small.width() * how.factor()
        || large.height() != small.height() * how.factor()) {
      messages.note(
          "%s: was made %dx%d first, since the model takes no other sizes"
              .formatted(
                  source.name(), large.width() / how.factor(), large.height() / how.factor()));
    }
  }

  private String line(
      EnlargedFile source,
      Path file,
      RgbImage large,
      Enlargement how,
      Upscaler upscaler,
      double loadSeconds,
      double seconds) {
    if (output.report() == Report.PATH) {
      return file.toString();
    }
    JsonObject line = new JsonObject();
    line.addProperty("path", file.toString());
    line.addProperty("source", source.path());
    line.addProperty("width", large.width());
    line.addProperty("height", large.height());
    line.addProperty("factor", how.factor());
    how.details().forEach(line::add);
    line.addProperty("model", how.name());
    line.addProperty("model_hash", how.hash());
    line.addProperty("device", upscaler.device());
    line.addProperty("dtype", upscaler.dtype());
    JsonObject times = new JsonObject();
    times.addProperty("load", milliseconds(loadSeconds));
    times.addProperty("upscale", milliseconds(seconds));
    times.addProperty("total", milliseconds(secondsSinceStart()));
    line.add("seconds", times);
    return Printable.line(line.toString());
  }

  private static double milliseconds(double seconds) {
    return Math.round(1000 * seconds) / 1000.0;
  }

  private void report(String line) throws IOException {
    new StandardOutput(surroundings.out()).report(line, output.report().charset());
  }

  private double secondsSinceStart() {
    return (System.nanoTime() - start) / 1e9;
  }
}
