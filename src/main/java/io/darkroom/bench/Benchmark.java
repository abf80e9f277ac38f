package io.darkroom.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.util.cuda.CudaUtils;
import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.bench.BenchmarkReport.Counted;
import io.darkroom.bench.BenchmarkReport.Load;
import io.darkroom.bench.BenchmarkReport.Memory;
import io.darkroom.bench.BenchmarkReport.Origin;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PictureSizes;
import io.darkroom.pipeline.PictureStages;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.runtime.CpuThreads;
import io.darkroom.torchscript.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures a model: loading, then each stage of the road, for every size, batch size and precision
 * asked for, and beside it what the device does at best.
 */
public final class Benchmark {
  private static final String PROMPT = "a lighthouse on a cliff above the sea at sunset, oil paint";

  /** Guidance must be on: the U-Net then sees each latent twice, as in nearly all use. */
  private static final double GUIDANCE = 7.5;

  private final ModelSource source;
  private final Origin origin;
  private final BenchmarkPlan plan;
  private final BenchmarkListener listener;
  private final Optional<RateMeter.Effort> effort;
  private final Map<Precision.Format, DeviceRates> rates = new EnumMap<>(Precision.Format.class);
  private final List<Load> loads = new ArrayList<>();
  private final List<Case> cases = new ArrayList<>();
  private String device = "";
  private int threads;
  private String sampler = "";

  private Benchmark(
      ModelSource source,
      Origin origin,
      BenchmarkPlan plan,
      BenchmarkListener listener,
      Optional<RateMeter.Effort> effort) {
    this.source = source;
    this.origin = origin;
    this.plan = plan;
    this.listener = listener;
    this.effort = effort;
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
    return new Benchmark(model.open(), Origin.FILE, plan, listener, Optional.empty());
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
    return new Benchmark(model, Origin.RANDOM, plan, listener, Optional.empty());
  }

  /** The same with less work in the measurement of the device. */
  Benchmark with(RateMeter.Effort less) {
    return new Benchmark(source, origin, plan, listener, Optional.of(less));
  }

  /**
   * Measures.
   *
   * @return what came out
   * @throws io.darkroom.base.ModelException if the model is malformed
   * @throws io.darkroom.request.InvalidRequestException if model or machine cannot do it
   * @throws io.darkroom.runtime.OutOfMemoryException if the memory does not suffice
   */
  public BenchmarkReport run() {
    PictureSizes possible = PictureSizes.of(source);
    plan.compute().forEach(ComputeOptions::check);
    plan.sizes().forEach(size -> possible.check(size.width(), size.height()));
    for (ComputeOptions options : plan.compute()) {
      try (DiffusionPipeline pipeline = load(options)) {
        device = pipeline.device();
        threads = pipeline.threads();
        sampler = pipeline.defaults().sampler().optionName();
        List<PictureSize> sizes = sizes(pipeline.defaults());
        // What cannot be done is told before anything is measured.
        sizes.forEach(size -> pipeline.check(request(pipeline, size, 0)));
        measureDevice(pipeline, format -> !rates.containsKey(format));
        for (PictureSize size : sizes) {
          for (int pictures : plan.batchSizes()) {
            listener.onPart(
                "%s, batch %d, %s on %s".formatted(size, pictures, pipeline.dtype(), device));
            cases.add(measure(pipeline, size, pictures));
          }
        }
        // Once more: other work may have disturbed the first measurement.
        measureDevice(pipeline, format -> true);
      }
    }
    return new BenchmarkReport(
        source.name(),
        origin,
        device,
        device.equals("cpu") ? OptionalInt.of(threads) : OptionalInt.empty(),
        sampler,
        plan.steps(),
        plan.repeats(),
        rates,
        loads,
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

  private List<PictureSize> sizes(PictureSettings defaults) {
    return plan.sizes().isEmpty()
        ? List.of(new PictureSize(defaults.width(), defaults.height()))
        : plan.sizes();
  }

  private ImageRequest request(DiffusionPipeline pipeline, PictureSize size, long seed) {
    PictureSettings defaults = pipeline.defaults();
    PictureSettings settings =
        defaults
            .with(Setting.WIDTH, size.width())
            .with(Setting.HEIGHT, size.height())
            .with(Setting.STEPS, plan.steps())
            .with(Setting.GUIDANCE_SCALE, GUIDANCE)
            .with(Setting.GUIDANCE_RESCALE, 0.0)
            .with(Setting.DEEP_CACHE, 1);
    return settings.request(PROMPT, seed);
  }

  // ---------------------------------------------------------------- the device

  private void measureDevice(DiffusionPipeline pipeline, Predicate<Precision.Format> which) {
    List<Precision.Format> formats =
        Stream.of(pipeline.precision(), pipeline.decoderPrecision())
            .map(Precision::compute)
            .distinct()
            .filter(which)
            .toList();
    if (formats.isEmpty()) {
      return;
    }
    Device device = device(pipeline);
    CpuThreads.of(OptionalInt.of(pipeline.threads())).useAll();
    listener.onPart("measuring what " + pipeline.device() + " does at best");
    RateMeter.Effort work =
        effort.orElse(device.isGpu() ? RateMeter.Effort.GPU : RateMeter.Effort.PROCESSOR);
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      RateMeter meter = new RateMeter(manager, work);
      for (Precision.Format format : formats) {
        rates.merge(format, meter.measure(format), DeviceRates::best);
      }
    }
  }

  private static Device device(DiffusionPipeline pipeline) {
    String name = pipeline.device();
    return name.equals("cpu")
        ? Device.cpu()
        : Device.gpu(Integer.parseInt(name.substring(name.indexOf(':') + 1)));
  }

  // ---------------------------------------------------------------- a row

  private Case measure(DiffusionPipeline pipeline, PictureSize size, int pictures) {
    ProcessMemory.forgetPeak();
    List<ImageRequest> requests =
        IntStream.range(0, pictures).mapToObj(i -> request(pipeline, size, i)).toList();
    try (PictureStages stages = pipeline.stages(requests, new Warnings())) {
      StageTimes times = new StageTimes(stages);
      listener.onProgress("warming up");
      times.warmUp();
      for (int i = 0; i < plan.repeats(); i++) {
        listener.onProgress("repeat " + (i + 1) + "/" + plan.repeats());
        times.measure();
      }
      UNetConfig unet = UNetConfig.parse(source.settings(Component.UNET));
      DecoderConfig decoder = DecoderConfig.parse(source.settings(Component.AUTOENCODER));
      long height = size.height() / decoder.vaeScaleFactor();
      long width = size.width() / decoder.vaeScaleFactor();
      NetworkCost.Step step =
          new NetworkCost.Step(
              pictures, height, width, stages.tokens(), stages.evaluations(), stages.isGuided());
      return new Case(
          size,
          pictures,
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
