package io.darkroom.cli.batch;

import io.darkroom.base.ModelException;
import io.darkroom.batch.BatchSettings;
import io.darkroom.batch.BatchSource;
import io.darkroom.batch.PromptEntry;
import io.darkroom.batch.Shard;
import io.darkroom.cli.console.LogConfiguration;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.StandardStream;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.option.GpuLibraries;
import io.darkroom.cli.option.PaintingOptions;
import io.darkroom.cli.option.PipelineOpener;
import io.darkroom.cli.option.Seed;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code darkroom batch [OPTIONS] FILE|-}: paints what a file of prompts says. */
@Command(
    name = "batch",
    header = "Paint all prompts of a file; resume if interrupted.",
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
public final class BatchCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "FILE",
      hideParamSyntax = true,
      arity = "0..1",
      description =
          "The prompts, one on a line; - reads standard input. A line may also have options"
              + " (--prompt TEXT --steps 20 ...), as AUTOMATIC1111 has them, or be a JSON object."
              + " The file may be a table (CSV, TSV) whose first row names the fields. Blank lines"
              + " and lines that begin with # are left out. From standard input each line is "
              + "painted"
              + " as it arrives.")
  private Optional<String> file = Optional.empty();

  @Mixin private final BatchOptions options = new BatchOptions();
  @Mixin private final PaintingOptions painting = new PaintingOptions();

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
  public BatchCommand(Surroundings surroundings, Messages messages, PipelineOpener opener) {
    this.surroundings = surroundings;
    this.messages = messages;
    this.opener = opener;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(painting.speech().level());
    if (options.status().isPresent()) {
      return new BatchStatusReport(surroundings, options.json())
          .print(surroundings.folder().resolve(options.status().get()));
    }
    options.check();
    painting.series().check();
    painting.sampling().choices().check();
    List<EmbeddingChoice> embeddings = painting.model().embeddings(surroundings);
    if (!options.dryRun()) {
      new GpuLibraries(surroundings, messages).prepare(painting.compute().device());
    }
    List<ComputeOptions> devices =
        painting.compute().optionsForEachDevice().stream()
            .map(device -> painting.threads().addTo(device).withEmbeddings(embeddings))
            .toList();
    if (devices.size() > 1) {
      // The first one shows by itself when the model opens; each further one would only be missed.
      devices.forEach(device -> Devices.require(device.device()));
    }
    painting.lora().choices(); // what is wrong with them is said before all else
    Shard shard = options.shard(surroundings.environment());
    String source = source();
    BatchLines lines = new BatchLines(source, options, messages);
    Optional<PromptFile> promptFile =
        StandardStream.INPUT.is(source)
            ? Optional.empty()
            : Optional.of(PromptFile.of(source, surroundings));
    Path folder = options.folder(source, surroundings);
    BatchSettings settings =
        new BatchSettings(
            promptFile
                .map(prompts -> BatchSource.of(prompts.path()))
                .orElse(BatchSource.STANDARD_INPUT),
            folder,
            painting.lora()::choices,
            ofAllLines(),
            starts(promptFile),
            painting.series().images(),
            painting.series().fixedSeed().map(Seed::value),
            devices.get(0).dtype(),
            shard,
            options.retryFailed());
    Optional<List<PromptEntry>> entries =
        promptFile.isEmpty()
            ? Optional.empty()
            : Optional.of(lines.read(promptFile.get(), settings));
    List<LoraChoice> loras = entries.map(this::firstLoras).orElseGet(painting.lora()::choices);
    ModelFiles modelFiles = painting.model().locate(surroundings, messages, devices.get(0));
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    messages.status("loading " + modelFiles.model().getFileName());
    try (TextToImage pipeline = open(modelFiles, devices.get(0), loras)) {
      messages.clearStatus();
      pipeline.warnings().forEach(messages::warn);
      BatchPainting batch =
          new BatchPainting(
              settings,
              pipeline,
              new BatchWorkers(pipeline, opener, modelFiles, devices, options.workers()),
              options,
              painting.series().batchSize(),
              surroundings,
              messages);
      return entries.isPresent()
          ? new FileBatch(batch, lines, entries.get()).paint()
          : new StreamBatch(batch, source).paint();
    }
  }

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

  /** A picture that all lines begin with is named by the user, from the user's folder. */
  private Choices ofAllLines() {
    Choices choices = painting.sampling().choices();
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
    List<LoraChoice> ofAllLines = painting.lora().choices();
    try {
      return opener.open(modelFiles, device.withLoras(loras));
    } catch (ModelException e) {
      if (loras.equals(ofAllLines)) {
        throw e;
      }
      return opener.open(modelFiles, device.withLoras(ofAllLines));
    }
  }

  /** The LoRAs to begin with: those of the first line that can have them. */
  private List<LoraChoice> firstLoras(List<PromptEntry> entries) {
    for (PromptEntry entry : entries) {
      try {
        if (entry.line().isPresent()) {
          return painting.lora().choices(entry.line().get().prompt());
        }
      } catch (InvalidRequestException | ModelException e) {
        // told when the line is planned
      }
    }
    return painting.lora().choices();
  }
}
