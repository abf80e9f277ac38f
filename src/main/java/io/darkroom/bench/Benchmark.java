package io.darkroom.bench;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.bench.BenchmarkReport.Counted;
import io.darkroom.bench.BenchmarkReport.Load;
import io.darkroom.bench.BenchmarkReport.Memory;
import io.darkroom.bench.BenchmarkReport.Merge;
import io.darkroom.bench.BenchmarkReport.Origin;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.StepSizes;
import io.darkroom.network.UNetConfig;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PictureSizes;
import io.darkroom.pipeline.PictureStages;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.request.HiresSize;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.torchscript.LibTorch;
import io.darkroom.torchscript.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures a model: loading, merging, then each stage of the road, for every combination asked for,
 * and beside it what the device does at best.
 */
public final class Benchmark {
  private static final String PROMPT = "a lighthouse on a cliff above the sea at sunset, oil paint";

  /** Guidance must be on: the U-Net then sees each latent twice, as in nearly all use. */
  private static final double GUIDANCE = 7.5;

  private final ModelSource source;
  private final Origin origin;
  private final BenchmarkPlan plan;
  private final BenchmarkListener listener;
  private final DeviceMeter meter;
  private final List<Load> loads = new ArrayList<>();
  private final Set<AttentionTuner.Choice> attention = new LinkedHashSet<>();
  private final List<Merge> merges = new ArrayList<>();
  private final List<Case> cases = new ArrayList<>();
  private String device = "";
  private int threads;
  private String sampler = "";

  private Benchmark(
      ModelSource source,
      Origin origin,
      BenchmarkPlan plan,
      BenchmarkListener listener,
      DeviceMeter meter) {
    this.source = source;
    this.origin = origin;
    this.plan = plan;
    this.listener = listener;
    this.meter = meter;
  }

  /**
   * Prepares to measure a model.
   *
   * @param model its files
   * @param plan what to measure
   * @param listener hears how it goes on
   * @return the measurement, to be run once
   * @throws io.darkroom.base.ModelException if the model is missing or not supported
   */
  public static Benchmark of(ModelFiles model, BenchmarkPlan plan, BenchmarkListener listener) {
    return new Benchmark(
        model.open(), Origin.FILE, plan, listener, new DeviceMeter(Optional.empty()));
  }

  /**
   * Prepares to measure an architecture, with random weights.
   *
   * @param architecture which
   * @param bundled the bundled model's folder
   * @param plan what to measure
   * @param listener hears how it goes on
   * @return the measurement, to be run once
   * @throws io.darkroom.base.ModelException if the bundled model is missing
   */
  public static Benchmark of(
      Architecture architecture, Path bundled, BenchmarkPlan plan, BenchmarkListener listener) {
    ModelSource model = new RandomModel(architecture, DiffusersDirectory.open(bundled));
    return new Benchmark(model, Origin.RANDOM, plan, listener, new DeviceMeter(Optional.empty()));
  }

  /** The same with less work in the measurement of the device. */
  Benchmark with(RateMeter.Effort less) {
    return new Benchmark(source, origin, plan, listener, new DeviceMeter(Optional.of(less)));
  }

  /**
   * Measures.
   *
   * @return what came out
   * @throws io.darkroom.base.ModelException if the model is malformed
   * @throws io.darkroom.request.InvalidRequestException if model or machine cannot do it
   * @throws io.darkroom.runtime.OutOfMemoryException if the memory does not suffice
   * @throws IOException if random LoRAs cannot be written to a temporary folder
   */
  public BenchmarkReport run() throws IOException {
    PictureSizes possible = PictureSizes.of(source);
    plan.compute().forEach(ComputeOptions::check);
    plan.sizes().forEach(size -> possible.check(size.width(), size.height()));
    for (ComputeOptions options : plan.compute()) {
      try (DiffusionPipeline pipeline = load(options)) {
        device = pipeline.device();
        threads = pipeline.threads();
        sampler = pipeline.defaults().sampler().optionName();
        PictureSettings defaults = pipeline.defaults();
        List<Workload> workloads =
            plan.workloads(
                new PictureSize(defaults.width(), defaults.height()), pipeline.sizeFactor());
        // What cannot be done is told before anything is measured.
        workloads.forEach(work -> pipeline.check(request(pipeline, work, 0)));
        measureDevice(pipeline, meter.missing(formats(pipeline)));
        if (plan.loras().counts().isEmpty()) {
          workloads.forEach(work -> measure(pipeline, work));
        } else {
          measureMerged(pipeline, workloads);
        }
        attention.addAll(pipeline.attentionChoices());
        // Once more: other work may have disturbed the first measurement.
        measureDevice(pipeline, formats(pipeline));
      }
    }
    return new BenchmarkReport(
        source.name(),
        origin,
        device,
        device.equals("cpu") ? OptionalInt.of(threads) : OptionalInt.empty(),
        sampler,
        plan.repeats(),
        meter.rates(),
        loads,
        attention,
        merges,
        cases);
  }

  // ---------------------------------------------------------------- the model

  private DiffusionPipeline load(ComputeOptions options) {
    ProcessMemory.forgetPeak();
    if (origin == Origin.RANDOM) {
      listener.onPart("making random weights for " + source.name());
      return open(options, Optional.empty());
    }
    listener.onPart("reading the files of " + source.name());
    ModelReading reading = ModelReading.of(source);
    reading.run();
    BenchmarkReport.Read read = reading.run();
    listener.onPart("loading " + source.name() + ", twice");
    DiffusionPipeline.open(source, options).close();
    return open(options, Optional.of(read));
  }

  private DiffusionPipeline open(ComputeOptions options, Optional<BenchmarkReport.Read> read) {
    long start = System.nanoTime();
    DiffusionPipeline pipeline = DiffusionPipeline.open(source, options);
    double seconds = (System.nanoTime() - start) / 1e9;
    pipeline.warnings().forEach(listener::onWarning);
    loads.add(
        new Load(
            pipeline.dtype(), pipeline.precision().compute(), seconds, read, ProcessMemory.peak()));
    return pipeline;
  }

  private static ImageRequest request(DiffusionPipeline pipeline, Workload work, long seed) {
    PictureSettings defaults = pipeline.defaults();
    PictureSize first = work.after().orElse(work.size());
    PictureSettings once =
        defaults
            .with(Setting.WIDTH, first.width())
            .with(Setting.HEIGHT, first.height())
            .with(Setting.STEPS, work.steps())
            .with(Setting.REFINER_START, 1.0)
            .with(Setting.GUIDANCE_SCALE, GUIDANCE)
            .with(Setting.GUIDANCE_RESCALE, 0.0)
            .with(Setting.DEEP_CACHE, 1);
    PictureSettings settings =
        work.after().isEmpty()
            ? once
            : once.with(Setting.HIRES, HiresSize.parse(work.size().toString()))
                .with(Setting.HIRES_UPSCALER, HiresUpscaler.LANCZOS);
    return settings.request(prompt(work.chunks()), seed);
  }

  /** A prompt of so many chunks, no two of them alike: equal ones would be encoded once. */
  private static String prompt(int chunks) {
    return IntStream.rangeClosed(1, chunks)
        .mapToObj(i -> i == 1 ? PROMPT : PROMPT + ", " + i)
        .collect(Collectors.joining(" BREAK "));
  }

  private void measureMerged(DiffusionPipeline pipeline, List<Workload> workloads)
      throws IOException {
    try (RandomLoras loras = RandomLoras.of(source, plan.loras().rank())) {
      MergeMeter merging = new MergeMeter(source, pipeline, loras);
      for (int count : plan.loras().counts()) {
        listener.onPart("merging LoRAs: " + count);
        merges.add(merging.measure(count, plan.repeats()));
        workloads.forEach(work -> measure(pipeline, work));
      }
    }
  }

  // ---------------------------------------------------------------- the device

  private Set<Precision.Format> formats(DiffusionPipeline pipeline) {
    Set<Precision.Format> formats =
        EnumSet.of(pipeline.precision().compute(), pipeline.decoderPrecision().compute());
    if (!plan.loras().counts().isEmpty()) {
      formats.add(MergeMeter.FORMAT);
    }
    return formats;
  }

  private void measureDevice(DiffusionPipeline pipeline, Set<Precision.Format> formats) {
    if (!formats.isEmpty()) {
      LibTorch.useThreads(pipeline.threads());
      listener.onPart("measuring what " + pipeline.device() + " can do at best");
      meter.measure(device(pipeline), formats);
    }
  }

  private static Device device(DiffusionPipeline pipeline) {
    String name = pipeline.device();
    return name.equals("cpu")
        ? Device.cpu()
        : Device.gpu(Integer.parseInt(name.substring(name.indexOf(':') + 1)));
  }

  // ---------------------------------------------------------------- a row

  private void measure(DiffusionPipeline pipeline, Workload work) {
    listener.onPart("%s, %s on %s".formatted(work, pipeline.dtype(), device));
    ProcessMemory.forgetPeak();
    List<ImageRequest> requests =
        IntStream.range(0, work.pictures()).mapToObj(i -> request(pipeline, work, i)).toList();
    try (PictureStages stages = pipeline.stages(requests, new Warnings())) {
      StageTimes times = new StageTimes(stages);
      listener.onProgress("warming up");
      times.warmUp();
      for (int i = 0; i < plan.repeats(); i++) {
        listener.onProgress("repeat " + (i + 1) + "/" + plan.repeats());
        times.measure();
      }
      cases.add(row(pipeline, work, stages, times));
    }
  }

  private Case row(
      DiffusionPipeline pipeline, Workload work, PictureStages stages, StageTimes times) {
    UNetConfig unet = UNetConfig.parse(source.settings(Component.UNET));
    DecoderConfig decoder = DecoderConfig.parse(source.settings(Component.AUTOENCODER));
    long height = work.size().height() / decoder.vaeScaleFactor();
    long width = work.size().width() / decoder.vaeScaleFactor();
    StepSizes step =
        new StepSizes(
            work.pictures(),
            height,
            width,
            stages.tokens(),
            stages.evaluations(),
            stages.isGuided());
    return new Case(
        work,
        pipeline.loras().size(),
        pipeline.dtype(),
        stages.evaluations(),
        stages.tokens(),
        stages.isGuided(),
        times.seconds(),
        times.outside(),
        memory(pipeline),
        new Counted(
            NetworkCost.of(unet, pipeline.precision(), step), pipeline.precision().compute()),
        new Counted(
            NetworkCost.of(decoder, pipeline.decoderPrecision(), height, width),
            pipeline.decoderPrecision().compute()));
  }

  private static Memory memory(DiffusionPipeline pipeline) {
    Device device = device(pipeline);
    return new Memory(
        ProcessMemory.peak(),
        ProcessMemory.resident(),
        device.isGpu()
            ? OptionalLong.of(CudaUtils.getGpuMemory(device).getCommitted())
            : OptionalLong.empty());
  }

  /** Hands on what the pipeline says. */
  private final class Warnings implements PipelineListener {
    @Override
    public void onStep(int step, int steps) {}

    @Override
    public void onWarning(String message) {
      listener.onWarning(message);
    }
  }
}
