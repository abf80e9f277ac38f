package io.darkroom.cli;

import io.darkroom.base.FileFailure;
import io.darkroom.base.ModelException;
import io.darkroom.batch.Batch;
import io.darkroom.batch.BatchPicture;
import io.darkroom.batch.BatchResult;
import io.darkroom.batch.BatchSettings;
import io.darkroom.batch.BatchSource;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.Shard;
import io.darkroom.image.PictureFormat;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Setting;
import io.darkroom.request.Starts;
import io.darkroom.runtime.Devices;
import io.darkroom.text.EmbeddingChoice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;

/** {@code darkroom batch [OPTIONS] FILE|-}: paints what a file of prompts says. */
@Command(
    name = "batch",
    header = "Paint a file of prompts, with a manifest; the same command again goes on.",
    customSynopsis = {"darkroom batch [OPTIONS] FILE|-", "       darkroom batch --status FOLDER"},
    synopsisHeading = "%nUsage: ",
    parameterListHeading = "%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom batch prompts.txt",
      "  darkroom batch --dry-run -N 4 prompts.jsonl -o pictures",
      "  tail -f queue.txt | darkroom batch - -o pictures"
    })
final class BatchCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      hideParamSyntax = true,
      arity = "0..1",
      description = {
        "A prompt a line; or a line of options (--prompt TEXT --steps 20 ...), as AUTOMATIC1111",
        "has them; or JSON objects, one a line; or a table (CSV, TSV) whose first row names the",
        "fields. Blank lines and those that begin with # are left out. - paints each line of",
        "standard input as it arrives."
      })
  private Optional<String> file = Optional.empty();

  @Mixin private final BatchOptions options = new BatchOptions();
  @Mixin private final ModelOption model = new ModelOption();
  @Mixin private final LoraOption lora = new LoraOption();
  @Mixin private final CommandSpec pictureOptions;
  @Mixin private final CommandSpec startOptions;
  @Mixin private final SeriesOptions series = new SeriesOptions();
  @Mixin private final ComputeOption compute = new ComputeOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final SamplingOptions sampling = new SamplingOptions();
  private final Surroundings surroundings;
  private final Messages messages;
  private final PipelineOpener opener;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   * @param opener opens the model
   */
  BatchCommand(Surroundings surroundings, Messages messages, PipelineOpener opener) {
    pictureOptions = sampling.pictureSpec();
    startOptions = sampling.startSpec();
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    if (options.status().isPresent()) {
      return new BatchStatusReport(surroundings, options.json())
          .print(surroundings.folder().resolve(options.status().get()));
    }
    options.check();
    series.check();
    sampling.choices().check();
    List<EmbeddingChoice> embeddings = model.embeddings(surroundings);
    List<ComputeOptions> devices =
        compute.optionsForEachDevice().stream()
            .map(device -> device.withEmbeddings(embeddings))
            .toList();
    if (devices.size() > 1) {
      // The first one shows by itself when the model opens; each further one would only be missed.
      devices.forEach(device -> Devices.require(device.device()));
    }
    lora.choices(); // what is wrong with them is said before all else
    Shard shard = options.shard(surroundings.environment());
    String source = source();
    Optional<PromptFile> promptFile =
        StandardStream.INPUT.is(source)
            ? Optional.empty()
            : Optional.of(PromptFile.of(source, surroundings));
    Optional<List<PromptEntry>> entries =
        promptFile.isEmpty() ? Optional.empty() : Optional.of(read(promptFile.get()));
    List<LoraChoice> loras = entries.map(this::firstLoras).orElseGet(lora::choices);
    Path folder = options.folder(source, surroundings);
    ModelFiles modelFiles = model.locate(surroundings, messages, devices.get(0));
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    BatchSettings settings =
        new BatchSettings(
            promptFile
                .map(prompts -> BatchSource.of(prompts.path()))
                .orElse(BatchSource.STANDARD_INPUT),
            folder,
            lora::choices,
            ofAllLines(),
            starts(promptFile),
            series.images(),
            series.fixedSeed().map(Seed::value),
            devices.get(0).dtype(),
            shard,
            options.retryFailed());
    messages.status("loading " + modelFiles.model().getFileName());
    try (TextToImage pipeline = open(modelFiles, devices.get(0), loras)) {
      messages.clearStatus();
      pipeline.warnings().forEach(messages::warn);
      Workers workers = new Workers(pipeline, modelFiles, devices);
      if (entries.isEmpty()) {
        return paintStream(settings, pipeline, workers);
      }
      Optional<Integer> status = paintFile(settings, entries.get(), pipeline, workers);
      // Another process began the same batch at this moment: once more, with its seed.
      return status.isPresent()
          ? status.get()
          : paintFile(settings, entries.get(), pipeline, workers).orElseThrow();
    }
  }

  /** A picture that all lines begin with is named by the user, from the user's folder. */
  private Choices ofAllLines() {
    Choices choices = sampling.choices();
    for (Setting<String> file : List.of(Setting.INIT_IMAGE, Setting.MASK)) {
      Optional<String> name = choices.get(file).filter(text -> !text.equals("-"));
      if (name.isPresent()) {
        choices = choices.with(file, surroundings.folder().resolve(name.get()).toString());
      }
    }
    return choices;
  }

  private Starts starts(Optional<PromptFile> promptFile) {
    Path folder =
        promptFile
            .map(PromptFile::path)
            .map(path -> path.toAbsolutePath().getParent())
            .orElse(surroundings.folder());
    return Starts.ofLines(folder, surroundings.folder());
  }

  /** Opens the model with the first line's LoRAs; if they do not fit, that is the line's affair. */
  private TextToImage open(ModelFiles modelFiles, ComputeOptions device, List<LoraChoice> loras) {
    List<LoraChoice> ofAllLines = lora.choices();
    try {
      return opener.open(modelFiles, device.withLoras(loras));
    } catch (ModelException e) {
      if (loras.equals(ofAllLines)) {
        throw e;
      }
      return opener.open(modelFiles, device.withLoras(ofAllLines));
    }
  }

  /** Opens the model for each worker; the first one takes the copy that is open already. */
  private final class Workers {
    private final TextToImage first;
    private final ModelFiles modelFiles;
    private final List<ComputeOptions> devices;

    Workers(TextToImage first, ModelFiles modelFiles, List<ComputeOptions> devices) {
      this.first = first;
      this.modelFiles = modelFiles;
      List<LoraChoice> loras = first.loras();
      this.devices = devices.stream().map(device -> device.withLoras(loras)).toList();
    }

    /** As many as can have work. */
    List<Supplier<TextToImage>> upTo(int pictures) {
      List<Supplier<TextToImage>> suppliers = new ArrayList<>();
      for (int copy = 0; copy < options.workers(); copy++) {
        for (ComputeOptions device : devices) {
          if (suppliers.isEmpty()) {
            suppliers.add(() -> first);
          } else if (suppliers.size() < pictures) {
            suppliers.add(() -> opener.open(modelFiles, device));
          }
        }
      }
      return suppliers;
    }
  }

  // ---------------------------------------------------------------- reading

  private String source() {
    String source =
        file.orElseThrow(
            () ->
                new InvalidRequestException(
                    "there is no prompt file; name one, or - for standard input (darkroom batch"
                        + " --help shows the usage)"));
    if (source.isEmpty()) {
      throw new InvalidRequestException("the prompt file's name is empty");
    }
    return source;
  }

  private List<PromptEntry> read(PromptFile prompts) throws IOException {
    List<PromptEntry> entries = prompts.read();
    List<PromptEntry> bad = entries.stream().filter(entry -> entry.line().isEmpty()).toList();
    bad.forEach(entry -> complain(entry, entry.fault()));
    requireValid(bad.size());
    return entries;
  }

  /** The LoRAs to begin with: those of the first line that can have them. */
  private List<LoraChoice> firstLoras(List<PromptEntry> entries) {
    for (PromptEntry entry : entries) {
      try {
        if (entry.line().isPresent()) {
          return lora.choices(entry.line().get().prompt());
        }
      } catch (InvalidRequestException | ModelException e) {
        // told when the line is planned
      }
    }
    return lora.choices();
  }

  private void complain(PromptEntry entry, String fault) {
    messages.complain(file.orElseThrow() + ":" + entry.number() + ": " + fault);
  }

  private void requireValid(int bad) {
    if (bad > 0 && !options.skipInvalid()) {
      throw new InvalidRequestException(
          (bad == 1 ? "1 line makes" : bad + " lines make")
              + " no sense and nothing was begun; mend "
              + (bad == 1 ? "it" : "them")
              + ", or go on without with --skip-invalid");
    }
  }

  // ---------------------------------------------------------------- a file

  /** The status; nothing if another process has begun the same batch in this moment. */
  private Optional<Integer> paintFile(
      BatchSettings settings, List<PromptEntry> entries, TextToImage pipeline, Workers workers)
      throws IOException {
    UnfinishedFiles unfinished = new UnfinishedFiles(Batch.temporaryPrefix(settings.shard()));
    try (Interruption interruption = new Interruption(unfinished, messages);
        Batch batch = Batch.open(settings, pipeline)) {
      batch.warnings().forEach(messages::warn);
      List<BatchPicture> pictures = plan(batch, entries);
      if (!options.dryRun() && !begin(batch, settings, pictures)) {
        return Optional.empty();
      }
      Map<Batch.Task, List<BatchPicture>> tasks = decide(batch, pictures, interruption);
      BatchReport report = report();
      BatchSummary summary = new BatchSummary(settings, batch.seed(), pictures.size(), tasks);
      batch.takeWarnings().forEach(messages::warn);
      messages.note(summary.beginning(pipeline));
      summary.merges(pipeline).ifPresent(messages::note);
      List<BatchPicture> toMake = tasks.get(Batch.Task.MAKE);
      if (options.dryRun()) {
        new BatchEstimate(pipeline, series.batchSize(), interruption)
            .print(settings.folder(), toMake, workers.upTo(toMake.size()).size(), report, messages);
        return Optional.of(ExitStatus.DONE.code());
      }
      report.tell(summary.startEvent(pipeline));
      toMake.forEach(batch::add);
      batch.complete();
      BatchProgress progress =
          new BatchProgress(
              messages, report, interruption, OptionalInt.of(toMake.size()), System::nanoTime);
      BatchResult result = new BatchResult(0, 0);
      if (!toMake.isEmpty()) {
        result = run(batch, workers.upTo(toMake.size()), unfinished, progress);
        messages.clearStatus();
        messages.note(progress.summary());
      }
      report.tell(summary.endEvent(result));
      return Optional.of(status(summary.failedBefore() + result.failed()));
    }
  }

  private List<BatchPicture> plan(Batch batch, List<PromptEntry> entries) throws IOException {
    List<BatchPicture> pictures = new ArrayList<>();
    int bad = 0;
    for (PromptEntry entry : entries) {
      if (entry.line().isPresent()) {
        try {
          pictures.addAll(batch.plan(entry));
        } catch (InvalidRequestException e) {
          complain(entry, e.getMessage());
          bad++;
        }
      }
    }
    requireValid(bad);
    if (pictures.isEmpty()) {
      throw new InvalidRequestException("no line of " + file.orElseThrow() + " makes sense");
    }
    return pictures;
  }

  private static Map<Batch.Task, List<BatchPicture>> decide(
      Batch batch, List<BatchPicture> pictures, Interruption interruption) throws IOException {
    Map<Batch.Task, List<BatchPicture>> tasks = new EnumMap<>(Batch.Task.class);
    for (Batch.Task task : Batch.Task.values()) {
      tasks.put(task, new ArrayList<>());
    }
    for (BatchPicture picture : pictures) {
      interruption.check();
      Batch.Planned planned = batch.decide(picture);
      tasks.get(planned.task()).add(planned.picture());
    }
    return tasks;
  }

  private BatchResult run(
      Batch batch,
      List<Supplier<TextToImage>> pipelines,
      UnfinishedFiles unfinished,
      BatchProgress progress)
      throws IOException {
    return batch.run(
        pipelines,
        series.batchSize(),
        (picture, pipeline, target, announcement) ->
            PictureFile.write(
                PictureMetadata.png(picture, pipeline),
                PictureFormat.ofName(target.toString()).orElseThrow(),
                target,
                unfinished,
                complete -> {
                  announcement.of(complete);
                  unfinished.add(complete, target);
                  return target;
                }),
        progress);
  }

  private int status(int failed) {
    if (failed == 0) {
      return ExitStatus.DONE.code();
    }
    messages.complain(
        failed
            + (failed == 1 ? " picture" : " pictures")
            + " failed; the manifest tells why, and --retry-failed tries again");
    return ExitStatus.BATCH_INCOMPLETE.code();
  }

  private BatchReport report() {
    return new BatchReport(new StandardOutput(surroundings.out()), options.json());
  }

  // ---------------------------------------------------------------- a stream

  private int paintStream(BatchSettings settings, TextToImage pipeline, Workers workers)
      throws IOException {
    if (options.dryRun()) {
      throw new InvalidRequestException(
          "--dry-run wants to see the whole file first; standard input has no end yet");
    }
    UnfinishedFiles unfinished = new UnfinishedFiles(Batch.temporaryPrefix(settings.shard()));
    try (Interruption interruption = new Interruption(unfinished, messages);
        Batch batch = begin(settings, pipeline)) {
      batch.warnings().forEach(messages::warn);
      messages.note(BatchSummary.stream(pipeline, settings, batch.seed()));
      BatchReport report = report();
      report.tell(BatchSummary.streamStartEvent(pipeline, settings, batch.seed()));
      BatchProgress progress =
          new BatchProgress(messages, report, interruption, OptionalInt.empty(), System::nanoTime);
      PromptStream stream =
          new PromptStream(
              surroundings.in(), batch, settings.folder(), report, messages, file.orElseThrow());
      stream.start();
      BatchResult result = run(batch, workers.upTo(Integer.MAX_VALUE), unfinished, progress);
      stream.rethrowFailure();
      messages.clearStatus();
      messages.note(progress.summary());
      int failed = result.failed() + stream.failed();
      report.tell(BatchSummary.endEvent(result, stream.there(), failed, stream.invalid()));
      int status = status(failed);
      if (stream.invalid() == 0 || options.skipInvalid()) {
        return status;
      }
      messages.complain(
          stream.invalid() == 1
              ? "1 line made no sense and became no picture"
              : stream.invalid() + " lines made no sense and became no pictures");
      return ExitStatus.BATCH_INCOMPLETE.code();
    }
  }

  private static Batch begin(BatchSettings settings, TextToImage pipeline) throws IOException {
    while (true) {
      Batch batch = Batch.open(settings, pipeline);
      try {
        if (begin(batch, settings, List.of())) {
          return batch;
        }
        batch.close();
      } catch (IOException | RuntimeException e) {
        batch.close();
        throw e;
      }
    }
  }

  private static boolean begin(Batch batch, BatchSettings settings, List<BatchPicture> pictures)
      throws IOException {
    try {
      return batch.begin(pictures);
    } catch (IOException e) {
      throw new IOException(
          "cannot write into the folder " + settings.folder() + ": " + FileFailure.reason(e), e);
    }
  }
}
