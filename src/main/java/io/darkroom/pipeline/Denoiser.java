package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.darkroom.image.RgbImage;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.sampling.PredictionType;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.torchscript.LoadedModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** From noise to clean latents: the U-Net and a sampler, step by step. */
final class Denoiser {
  private final LoadedModule unet;
  private final LoadedModule generators;
  private final UNetConfig unetConfig;
  private final DecoderConfig config;
  private final Optional<? extends Preview> preview;
  private final SchedulerConfig scheduler;
  private final NoiseSchedule schedule;

  /**
   * Joins the parts, which stay the caller's.
   *
   * @param unet the U-Net
   * @param generators from {@link SeededNoise#load}
   * @param unetConfig tells what the U-Net wants to know
   * @param config tells the latents' form
   * @param preview how unfinished latents are shown, if they can be
   * @param scheduler what the model says of its noise
   */
  Denoiser(
      LoadedModule unet,
      LoadedModule generators,
      UNetConfig unetConfig,
      DecoderConfig config,
      Optional<? extends Preview> preview,
      SchedulerConfig scheduler) {
    this.unet = unet;
    this.generators = generators;
    this.unetConfig = unetConfig;
    this.config = config;
    this.preview = preview;
    this.scheduler = scheduler;
    this.schedule = NoiseSchedule.of(scheduler);
  }

  /**
   * Denoises a batch.
   *
   * @param requests pictures that share a batch
   * @param sampler a fresh one, which the caller closes
   * @param conditions what {@link PromptEncoder#embed} gave for them
   * @param listener hears of each step and may end the work by an exception
   * @param scratch owns the result
   * @return latents, float32 [batch, channels, height / factor, width / factor]
   */
  NDArray denoise(
      List<ImageRequest> requests,
      Sampler sampler,
      Conditions conditions,
      PipelineListener listener,
      NDManager scratch) {
    ImageRequest first = requests.get(0);
    int factor = config.factor();
    long[] seeds = requests.stream().mapToLong(ImageRequest::seed).toArray();
    float[] timesteps = new float[sampler.evaluations()];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (float) sampler.timestep(i);
    }
    try (SeededNoise noise =
            new SeededNoise(
                generators,
                seeds,
                config.latentChannels(),
                first.height() / factor,
                first.width() / factor,
                scratch);
        IValue times = embedTimes(scratch.create(timesteps), conditions, first.guidanceScale());
        IValue contexts = call(UNet.EMBED_CONTEXT, conditions.context());
        IValue guidance = IValue.from(first.guidanceScale())) {
      NDArray latents = noise.next();
      if (sampler.initialNoiseSigma() != 1) {
        // Not in place: what a module returned must not be changed.
        try (NDArray unit = latents) {
          latents = unit.mul((float) sampler.initialNoiseSigma());
        }
      }
      for (int i = 0; i < timesteps.length; i++) {
        try (NDManager step = scratch.newSubManager()) {
          NDArray input = scaled(latents, sampler.inputScale(i), step);
          NDArray prediction =
              conditions.guided() && first.guidanceRescale() > 0
                  ? predictRescaled(input, times, i, contexts, first)
                  : predict(input, times, i, contexts, conditions, guidance, step);
          if (preview.isPresent() && listener.wantsPreview(i + 1, timesteps.length)) {
            listener.onPreview(preview(input, prediction, sampler.timestep(i)));
          }
          NDArray next = sampler.step(i, prediction, latents, noise);
          latents.close();
          latents = next;
        }
        listener.onStep(i + 1, timesteps.length);
      }
      return latents;
    }
  }

  /** Guidance whose two halves are at hand, to be mixed and rescaled here. */
  private NDArray predictRescaled(
      NDArray input, IValue times, int evaluation, IValue contexts, ImageRequest request) {
    try (NDManager scratch = input.getManager().newSubManager()) {
      NDArray twice = NDArrays.concat(new NDList(input, input));
      twice.attach(scratch);
      NDArray both;
      try (IValue x = IValue.from((PtNDArray) twice);
          IValue index = IValue.from((long) evaluation);
          IValue prediction = unet.call(UNet.DENOISE, x, times, index, contexts)) {
        both = prediction.toTensor((PtNDManager) scratch);
      }
      NDList halves = both.split(2);
      halves.attach(scratch);
      NDArray guided =
          GuidanceRescale.of(
              halves.get(0), halves.get(1), request.guidanceScale(), request.guidanceRescale());
      guided.attach(input.getManager());
      return guided;
    }
  }

  private RgbImage preview(NDArray latents, NDArray prediction, double timestep) {
    PredictionType type = scheduler.predictionType().orElse(PredictionType.EPSILON);
    int nearest = (int) Math.min(Math.round(timestep), schedule.trainTimesteps() - 1);
    double alphaCumprod = schedule.alphaCumprod(nearest);
    try (NDArray clean = type.clean(alphaCumprod).of(latents, prediction)) {
      return preview.orElseThrow().picture(clean);
    }
  }

  private IValue embedTimes(NDArray timesteps, Conditions conditions, double guidanceScale) {
    List<NDArray> arguments = new ArrayList<>(List.of(timesteps));
    conditions.addition().ifPresent(addition -> arguments.addAll(addition.arguments()));
    if (unetConfig.embedsGuidance()) {
      arguments.add(timesteps.getManager().create(new float[] {(float) (guidanceScale - 1)}));
    }
    return call(UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new));
  }

  private IValue call(String method, NDArray... arguments) {
    IValue[] values = new IValue[arguments.length];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] = IValue.from((PtNDArray) arguments[i]);
      }
      return unet.call(method, values);
    } finally {
      Arrays.stream(values).filter(Objects::nonNull).forEach(IValue::close);
    }
  }

  private static NDArray scaled(NDArray latents, double inputScale, NDManager step) {
    if (inputScale == 1) {
      return latents;
    }
    NDArray input = latents.mul((float) inputScale);
    input.attach(step);
    return input;
  }

  private NDArray predict(
      NDArray input,
      IValue times,
      int evaluation,
      IValue contexts,
      Conditions conditions,
      IValue guidance,
      NDManager step) {
    try (IValue x = IValue.from((PtNDArray) input);
        IValue index = IValue.from((long) evaluation);
        IValue prediction =
            conditions.guided()
                ? unet.call(UNet.DENOISE_GUIDED, x, times, index, contexts, guidance)
                : unet.call(UNet.DENOISE, x, times, index, contexts)) {
      return prediction.toTensor((PtNDManager) step);
    }
  }

  /**
   * Prepares the U-Net's calls of a batch with nothing around them: what the loop costs beside its
   * network is told by comparison.
   *
   * @param requests as {@link #denoise} takes them
   * @param sampler tells the timesteps
   * @param conditions what {@link PromptEncoder#embed} gave for them
   * @param scratch owns what is made
   * @return the calls, which the caller closes
   */
  BareCalls bareCalls(
      List<ImageRequest> requests, Sampler sampler, Conditions conditions, NDManager scratch) {
    return new BareCalls(requests, sampler, conditions, scratch);
  }

  /** The U-Net's calls of a batch; each takes the same latents. */
  final class BareCalls implements AutoCloseable {
    private final Conditions conditions;
    private final NDManager scratch;
    private final NDArray latents;
    private final IValue times;
    private final IValue contexts;
    private final IValue guidance;

    private BareCalls(
        List<ImageRequest> requests, Sampler sampler, Conditions conditions, NDManager parent) {
      this.conditions = conditions;
      this.scratch = parent.newSubManager();
      ImageRequest first = requests.get(0);
      int factor = config.factor();
      latents =
          scratch.randomNormal(
              new Shape(
                  requests.size(),
                  config.latentChannels(),
                  first.height() / factor,
                  first.width() / factor));
      float[] timesteps = new float[sampler.evaluations()];
      for (int i = 0; i < timesteps.length; i++) {
        timesteps[i] = (float) sampler.timestep(i);
      }
      times = embedTimes(scratch.create(timesteps), conditions, first.guidanceScale());
      contexts = call(UNet.EMBED_CONTEXT, conditions.context());
      guidance = IValue.from(first.guidanceScale());
    }

    /** Predicts once and forgets the result. */
    void predict(int evaluation) {
      try (NDManager step = scratch.newSubManager()) {
        Denoiser.this.predict(latents, times, evaluation, contexts, conditions, guidance, step);
      }
    }

    @Override
    public void close() {
      guidance.close();
      contexts.close();
      times.close();
      scratch.close();
    }
  }
}
