package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.image.RgbImage;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.runtime.UNetModule;
import io.darkroom.sampling.Sampler;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** From noise to clean latents: the U-Net and a sampler, step by step. */
final class Denoiser {
  private final Supplier<UNetModule> unet;
  private final LoadedModule generators;
  private final LatentEncoder encoder;
  private final UNetConfig unetConfig;
  private final DecoderConfig config;
  private final Optional<? extends Preview> preview;

  /**
   * Joins the parts, which stay the caller's.
   *
   * @param unet the U-Net; asked for each batch
   * @param generators from {@link SeededNoise#load}
   * @param encoder makes latents of pictures that a run begins with
   * @param unetConfig tells what the U-Net wants to know
   * @param config tells the latents' form
   * @param preview how unfinished latents are shown, if they can be
   */
  Denoiser(
      Supplier<UNetModule> unet,
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
   * Seeds a batch's noise.
   *
   * @param seeds of the pictures
   * @param pass whose size the draws have
   * @param scratch owns the draws
   * @return the noise, which the caller closes
   */
  SeededNoise noise(PictureSeeds seeds, DenoisingPass pass, NDManager scratch) {
    Shape latents = latents(pass, seeds.count());
    return new SeededNoise(
        generators,
        seeds,
        config.latentChannels(),
        (int) latents.get(2),
        (int) latents.get(3),
        scratch);
  }

  /**
   * The same generators with the size of a pass.
   *
   * @param noise of any size
   * @param pass the pass
   * @return the noise, to be closed before the other
   */
  SeededNoise resized(SeededNoise noise, DenoisingPass pass) {
    Shape latents = latents(pass, 1);
    return noise.resized(latents.get(2), latents.get(3));
  }

  /**
   * Denoises a batch.
   *
   * @param pass the pass that all pictures of the batch make
   * @param before what the pass before left, in this one's size; latents that are enlarged stay the
   *     caller's
   * @param noise of the pass's size
   * @param conditioning what {@link PromptEncoder#embed} gave for the batch
   * @param listener hears of each step and may end the work by an exception
   * @param scratch owns the result
   * @return latents, float32 [batch, channels, height / factor, width / factor]
   */
  PassResult denoise(
      DenoisingPass pass,
      Optional<PassResult> before,
      SeededNoise noise,
      UNetConditioning conditioning,
      PipelineListener listener,
      NDManager scratch) {
    Sampler sampler = pass.sampler();
    int pictures = (int) noise.shape().get(0);
    try (Predictor predictor = predictor(pass, pictures, conditioning, scratch)) {
      StartingPoint start =
          new StartingPoint.Builder(
                  pass, before, noise, encoder, unetConfig.extraChannels(), listener, scratch)
              .build();
      NDArray latents = start.latents();
      // From here on nothing may wait for the device, so that a GPU always has work before it.
      int made = pass.end() - start.evaluation();
      for (int i = start.evaluation(); i < pass.end(); i++) {
        int number = i + 1 - start.evaluation();
        try (NDManager step = scratch.newSubManager()) {
          NDArray prediction = predictor.predict(latents, start.extraChannels(), i, step);
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
      return new PassResult(latents, start.hooks());
    }
  }

  private RgbImage preview(Sampler sampler, int i, NDArray latents, NDArray prediction) {
    try (NDArray image = sampler.clean(i).of(latents, prediction)) {
      return preview.orElseThrow().picture(image);
    }
  }

  /**
   * How much work a pass is.
   *
   * @param pass the pass
   * @return so many passes of one latent through the U-Net
   */
  double work(DenoisingPass pass) {
    return pass.plan(unetConfig).work();
  }

  /**
   * How long a pass takes, beside another one.
   *
   * @param pass the pass
   * @return its work times its pixels
   */
  double cost(DenoisingPass pass) {
    Shape latents = latents(pass, 1);
    return work(pass) * latents.get(2) * latents.get(3);
  }

  private Predictor predictor(
      DenoisingPass pass, int pictures, UNetConditioning conditioning, NDManager scratch) {
    Shape latents = latents(pass, pictures);
    LatentWindows windows =
        LatentWindows.of(
            pass.settings(), unetConfig.sampleSize(), (int) latents.get(2), (int) latents.get(3));
    UNetRun run =
        new UNetRun(
            unet.get(),
            unetConfig,
            pass.plan(unetConfig),
            ConvolutionPadding.of(windows.joinsColumns(), windows.joinsRows()),
            pass.settings().guidance(),
            pass.sampler(),
            new Shape(latents.get(0), latents.get(1), windows.height(), windows.width()),
            conditioning,
            scratch);
    return windows.places().size() == 1 ? run : new WindowedUNet(run, windows, latents, scratch);
  }

  private Shape latents(DenoisingPass pass, int pictures) {
    int factor = config.vaeScaleFactor();
    return new Shape(
        pictures,
        config.latentChannels(),
        pass.settings().height() / factor,
        pass.settings().width() / factor);
  }

  /** {@return the U-Net, for those who have a loop of their own} */
  UNetModule unet() {
    return unet.get();
  }

  /** {@return how the U-Net's attention is computed, as far as it is worth a choice} */
  List<AttentionTuner.Choice> attentionChoices() {
    return unet.get().attentionChoices();
  }

  /**
   * Prepares the U-Net's calls of a batch with nothing around them: what the loop costs beside its
   * network is told by comparison.
   *
   * @param pass the pass
   * @param pictures how many pictures make it together
   * @param conditioning what {@link PromptEncoder#embed} gave for them
   * @param scratch owns what is made
   * @return the calls, which the caller closes
   */
  BareCalls bareCalls(
      DenoisingPass pass, int pictures, UNetConditioning conditioning, NDManager scratch) {
    return new BareCalls(pass, pictures, conditioning, scratch);
  }

  /** The U-Net's calls of a batch; each takes the same latents. */
  final class BareCalls implements AutoCloseable {
    private final NDManager scratch;
    private final NDArray latents;
    private final Predictor predictor;

    private BareCalls(
        DenoisingPass pass, int pictures, UNetConditioning conditioning, NDManager parent) {
      this.scratch = parent.newSubManager();
      latents = scratch.randomNormal(latents(pass, pictures));
      predictor = predictor(pass, pictures, conditioning, scratch);
    }

    /** Predicts once and forgets the result. */
    void predict(int evaluation) {
      try (NDManager step = scratch.newSubManager()) {
        predictor.predict(latents, Optional.empty(), evaluation, step);
      }
    }

    @Override
    public void close() {
      OpenResources.closeAll(List.of(scratch, predictor));
    }
  }
}
