package io.darkroom.cli.bench;

import io.darkroom.base.Printable;
import io.darkroom.bench.Architecture;
import io.darkroom.bench.Benchmark;
import io.darkroom.bench.BenchmarkListener;
import io.darkroom.bench.BenchmarkPlan;
import io.darkroom.bench.BenchmarkReport;
import io.darkroom.bench.JsonReport;
import io.darkroom.bench.LoraPlan;
import io.darkroom.bench.PictureSize;
import io.darkroom.bench.TextReport;
import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.LogConfiguration;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.ComputeOption;
import io.darkroom.cli.option.GpuLibraries;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.cli.option.ModelOption;
import io.darkroom.cli.option.SpeechOption;
import io.darkroom.cli.option.ThreadsOption;
import io.darkroom.cli.option.Words;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.HiresSize;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.text.EmbeddingChoice;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code darkroom bench}: tells how fast a model runs here, and how fast it could. */
@Command(
    name = "bench",
    versionProvider = Version.class,
    header = "Measure how fast a model runs here, and how fast it could run.",
    description = {
      "",
      "Measures loading, text encoding, a guided step, and decoding. Step and decoder are compared "
          + "with the least time that this device could take: the operations and bytes of the "
          + "network's products, at the rates that it reaches with large ones. Warm-up runs are "
          + "not counted. The entries of a list are separated by commas; each combination is a row."
    },
    customSynopsis = "darkroom bench [OPTIONS]",
    synopsisHeading = "%nUsage: ",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom bench",
      "  darkroom bench --arch sd15 --size 512x512,768x768 --batch-size 1,4",
      "  darkroom bench -m model.safetensors --dtype fp32,bf16 --json"
    })
public final class BenchCommand implements Callable<Integer> {
  /** The architectures' names, for a shell to offer. */
  static final class Architectures implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.of(Architecture.values()).map(Architecture::optionName).iterator();
    }
  }

  /** What is measured. */
  @Command(optionListHeading = "%nMeasurement:%n")
  static final class Choices {
    private static final int LORA_RANK = 16;

    @Option(
        names = "--arch",
        paramLabel = "NAME",
        completionCandidates = Architectures.class,
        description =
            "Measure an architecture with random weights in place of a model: sd15, sd21, sdxl or "
                + "bundled.")
    private Optional<String> architecture = Optional.empty();

    @Option(
        names = "--size",
        paramLabel = "WxH,...",
        description =
            "The sizes of the pictures, such as 512x512,768x512. The default is the model's own "
                + "size.")
    private Optional<String> sizes = Optional.empty();

    @Option(
        names = "--batch-size",
        paramLabel = "COUNT,...",
        description = "How many pictures are painted together. The default is 1.")
    private String batchSizes = "1";

    @Option(
        names = "--dtype",
        paramLabel = "TYPE,...",
        completionCandidates = Words.Precisions.class,
        description = "The precisions: auto, fp32, fp16, bf16. The default is auto.")
    private String dtypes = ComputeOptions.AUTO.dtype();

    @Option(
        names = "--device",
        paramLabel = "DEVICE",
        completionCandidates = Words.Devices.class,
        description =
            "Where to compute: auto, cpu, cuda or cuda:N. With auto it is a GPU if there is one.")
    private String device = ComputeOptions.AUTO.device();

    @Option(
        names = "--steps",
        paramLabel = "COUNT,...",
        description = "How many steps a repeat has. The default is 4.")
    private String steps = "4";

    @Option(
        names = "--chunks",
        paramLabel = "COUNT,...",
        description =
            "How many chunks the prompt has, each as long as the text encoder takes at once. The "
                + "default is 1.")
    private String chunks = "1";

    @Option(
        names = "--loras",
        paramLabel = "COUNT,...",
        description =
            "How many random LoRAs to merge into the model. The time for that is measured, too.")
    private Optional<String> loras = Optional.empty();

    @Option(
        names = "--lora-rank",
        paramLabel = "RANK",
        description = "The rank of each random LoRA. The default is 16.")
    private Optional<Integer> loraRank = Optional.empty();

    @Option(
        names = "--hires",
        paramLabel = "FACTOR|WxH",
        description =
            "Measure a high-resolution pass, too: after each row one for the second pass, this many "
                + "times larger or of this size.")
    private Optional<String> hires = Optional.empty();

    @Option(
        names = "--repeats",
        paramLabel = "COUNT",
        description = "How often each stage is measured. The default is 3.")
    private int repeats = 3;

    BenchmarkPlan plan(List<EmbeddingChoice> embeddings, ThreadsOption threads) {
      ComputeOption.requireDevice(device);
      return new BenchmarkPlan(
          sizes.map(list -> entries("--size", list, PictureSize::parse)).orElse(List.of()),
          counts("--batch-size", batchSizes, "pictures"),
          counts("--chunks", chunks, "chunks"),
          counts("--steps", steps, "steps"),
          loras(),
          hires.map(HiresSize::parse),
          entries("--dtype", dtypes, this::compute).stream()
              .map(options -> threads.addTo(options).withEmbeddings(embeddings))
              .toList(),
          repeats);
    }

    private LoraPlan loras() {
      if (loras.isEmpty() && loraRank.isPresent()) {
        throw new InvalidRequestException("--lora-rank needs --loras");
      }
      return loras
          .map(list -> new LoraPlan(counts("--loras", list, "LoRAs"), loraRank.orElse(LORA_RANK)))
          .orElse(LoraPlan.NONE);
    }

    private static List<Integer> counts(String option, String list, String things) {
      return entries(
          option,
          list,
          text -> {
            if (!text.matches("\\d{1,7}")) {
              throw new InvalidRequestException("'" + text + "' is not a number of " + things);
            }
            return Integer.parseInt(text);
          });
    }

    private ComputeOptions compute(String dtype) {
      if (!ComputeOption.isDtype(dtype)) {
        throw new InvalidRequestException(
            "'" + dtype + "' is not known; use auto, fp32, fp16 or bf16");
      }
      return new ComputeOptions(device, dtype);
    }

    private static <T> List<T> entries(String option, String list, Function<String, T> parse) {
      try {
        return Stream.of(list.split(",", -1)).map(String::strip).map(parse).toList();
      } catch (InvalidRequestException e) {
        throw new InvalidRequestException(option + " " + list + ": " + e.getMessage());
      }
    }

    private Optional<Architecture> architecture() {
      return architecture.map(
          name ->
              Architecture.named(name)
                  .orElseThrow(
                      () ->
                          new InvalidRequestException(
                              "--arch '" + name + "' is not known; use " + Architecture.names())));
    }
  }

  /** In which form the report is printed. */
  @Command(optionListHeading = "%nOutput:%n")
  static final class Form {
    @Option(
        names = "--json",
        description = "Print one JSON object. Its names are explained in docs/bench.md.")
    private boolean json;
  }

  @Mixin private final ModelOption model = new ModelOption();
  @Mixin private final Choices choices = new Choices();
  @Mixin private final ThreadsOption threads = new ThreadsOption();
  @Mixin private final Form form = new Form();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  private final Surroundings surroundings;
  private final Messages messages;

  /**
   * Creates the command.
   *
   * @param surroundings the process
   * @param messages says how the work goes on
   */
  public BenchCommand(Surroundings surroundings, Messages messages) {
    this.surroundings = surroundings;
    this.messages = messages;
  }

  @Override
  public Integer call() throws IOException {
    messages.setLevel(speech.level());
    new GpuLibraries(surroundings, messages).prepare(choices.device);
    BenchmarkPlan plan = choices.plan(model.embeddings(surroundings), threads);
    Optional<Architecture> architecture = choices.architecture();
    if (architecture.isPresent() && model.isTouched()) {
      throw new InvalidRequestException(
          "--arch needs no model; leave out --model, --config, --vae, --text-encoder, --refiner"
              + " and --embedding");
    }
    if (messages.isVerbose()) {
      LogConfiguration.show();
    }
    BenchmarkReport report;
    try (Interruption interruption = new Interruption(messages)) {
      BenchmarkListener listener = new Progress(interruption);
      Benchmark benchmark =
          architecture.isPresent()
              ? Benchmark.of(
                  architecture.get(), new LocalModels(surroundings).bundled(), plan, listener)
              : Benchmark.of(
                  model.locate(surroundings, messages, plan.compute().get(0)), plan, listener);
      report = benchmark.run();
    }
    messages.clearStatus();
    StandardOutput out = new StandardOutput(surroundings.out());
    if (form.json) {
      out.println(Printable.line(JsonReport.of(report).toString()), StandardCharsets.UTF_8);
    } else {
      out.println(Printable.lines(TextReport.of(report)), Charset.defaultCharset());
    }
    return ExitStatus.DONE.code();
  }

  /** Says how the measurement goes on. */
  private final class Progress implements BenchmarkListener {
    private final Interruption interruption;

    Progress(Interruption interruption) {
      this.interruption = interruption;
    }

    @Override
    public void onPart(String what) {
      interruption.check();
      messages.note(what);
    }

    @Override
    public void onProgress(String what) {
      interruption.check();
      messages.status(what);
    }

    @Override
    public void onWarning(String message) {
      messages.warn(message);
    }
  }
}
