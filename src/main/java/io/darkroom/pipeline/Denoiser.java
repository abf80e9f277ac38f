package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.ClassifierFreeGuidance;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.image.RgbImage;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.GuidanceSettings;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.UNetModule;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.LoadedModule;
import java.util.List;
import java.util.Optional;

/** From noise to clean latents: the U-Net and a sampler, step by step. */
final class Denoiser {
  private final UNetModule unet;
  private final LoadedModule generators;
  private final LatentEncoder encoder;
  private final UNetConfig unetConfig;
  private final DecoderConfig config;
  private final Optional<? extends Preview> preview;

  /**
   * Joins the parts, which stay the caller's.
   *
   * @param unet the U-Net
   * @param generators from {@link SeededNoise#load}
   * @param encoder makes latents of pictures that a run begins with
   * @param unetConfig tells what the U-Net wants to know
   * @param config tells the latents' form
   * @param preview how unfinished latents are shown, if they can be
   */
  Denoiser(
      UNetModule unet,
      LoadedModule generators,
      LatentEncoder encoder,
      UNetConfig unetConfig,
      DecoderConfig config,
      Optional<? extends Preview> preview) {
    this.unet = unet;
    this.generators = generators;
    this.encoder = encoder;
    this.unetConfig = unetConfig;
    this.config = config;
    this.preview = preview;
  }

  /**
   * Denoises a batch.
   *
   * @param requests pictures that share a batch
   * @param sampler a fresh one, which the caller closes
   * @param conditioning what {@link PromptEncoder#embed} gave for them
   * @param listener hears of each step and may end the work by an exception
   * @param scratch owns the result
   * @return latents, float32 [batch, channels, height / factor, width / factor]
   */
  NDArray denoise(
      List<ImageRequest> requests,
      Sampler sampler,
      UNetConditioning conditioning,
      PipelineListener listener,
      NDManager scratch) {
    ImageRequest first = requests.get(0);
    int factor = config.vaeScaleFactor();
    long[] seeds = requests.stream().mapToLong(ImageRequest::seed).toArray();
    try (SeededNoise noise =
            new SeededNoise(
                generators,
                seeds,
                config.latentChannels(),
                first.settings().height() / factor,
                first.settings().width() / factor,
                scratch);
        UNetRun run = run(first, sampler, conditioning, scratch)) {
      StartingPoint start =
          new StartingPoint.Builder(
                  first, sampler, noise, encoder, unetConfig.extraChannels(), listener, scratch)
              .build();
      start.extraChannels().ifPresent(run::giveExtraChannels);
      NDArray latents = start.latents();
      // From here on nothing may wait for the device, so that a GPU always has work before it.
      int evaluations = sampler.evaluations();
      int made = evaluations - start.evaluation();
      for (int i = start.evaluation(); i < evaluations; i++) {
        int number = i + 1 - start.evaluation();
        try (NDManager step = scratch.newSubManager()) {
          NDArray prediction = run.predict(latents, i, step);
          if (preview.isPresent() && listener.wantsPreview(number, made)) {
            listener.onPreview(preview(sampler, i, latents, prediction));
          }
          NDArray next = sampler.step(i, prediction, latents, noise);
          latents.close();
          latents = next;
          for (StepHook hook : start.hooks()) {
            latents = hook.after(latents, sampler, i);
          }
        }
        listener.onStep(number, made);
      }
      return latents;
    }
  }

  private RgbImage preview(Sampler sampler, int i, NDArray latents, NDArray prediction) {
    try (NDArray image = sampler.clean(i).of(latents, prediction)) {
      return preview.orElseThrow().picture(image);
    }
  }

  /**
   * Plans what the U-Net does while a picture is denoised.
   *
   * @param request the picture
   * @param sampler tells the noise levels
   * @return the plan
   * @throws InvalidRequestException if the run cannot begin where the picture's start wants it
   */
  EvaluationPlan plan(ImageRequest request, Sampler sampler) {
    PictureSettings settings = request.settings();
    return EvaluationPlan.of(
        settings,
        ClassifierFreeGuidance.hasBranches(settings.guidance(), unetConfig),
        StartingPoint.firstEvaluation(request, sampler),
        sampler.evaluations(),
        sampler::sigma);
  }

  private UNetRun run(
      ImageRequest first, Sampler sampler, UNetConditioning conditioning, NDManager scratch) {
    GuidanceSettings guidance = first.settings().guidance();
    EvaluationPlan plan = plan(first, sampler);
    return new UNetRun(unet, unetConfig, plan, guidance, sampler, conditioning, scratch);
  }

  /**
   * Prepares the U-Net's calls of a batch with nothing around them: what the loop costs beside its
   * network is told by comparison.
   *
   * @param requests as {@link #denoise} takes them
   * @param sampler tells the timesteps
   * @param conditioning what {@link PromptEncoder#embed} gave for them
   * @param scratch owns what is made
   * @return the calls, which the caller closes
   */
  BareCalls bareCalls(
      List<ImageRequest> requests,
      Sampler sampler,
      UNetConditioning conditioning,
      NDManager scratch) {
    return new BareCalls(requests, sampler, conditioning, scratch);
  }

  /** The U-Net's calls of a batch; each takes the same latents. */
  final class BareCalls implements AutoCloseable {
    private final NDManager scratch;
    private final NDArray latents;
    private final UNetRun run;

    private BareCalls(
        List<ImageRequest> requests,
        Sampler sampler,
        UNetConditioning conditioning,
        NDManager parent) {
      this.scratch = parent.newSubManager();
      ImageRequest first = requests.get(0);
      int factor = config.vaeScaleFactor();
      latents =
          scratch.randomNormal(
              new Shape(
                  requests.size(),
                  config.latentChannels(),
                  first.settings().height() / factor,
                  first.settings().width() / factor));
      run = run(first, sampler, conditioning, scratch);
    }

    /** Predicts once and forgets the result. */
    void predict(int evaluation) {
      try (NDManager step = scratch.newSubManager()) {
        run.predict(latents, evaluation, step);
      }
    }

    @Override
    public void close() {
      OpenResources.closeAll(List.of(scratch, run));
    }
  }
}
