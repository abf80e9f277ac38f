package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.EngineMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The road of one batch, stage by stage, for those who measure it; {@link
 * DiffusionPipeline#generate} goes it in one. Each stage may be repeated, and returns only when the
 * device has done its work: on a GPU a call returns before that. For one thread.
 */
public final class PictureStages implements AutoCloseable {
  private final List<ImageRequest> requests;
  private final PipelineListener listener;
  private final NDManager manager;
  private final Supplier<DenoisingPass> passes;
  private final Runnable threads;
  private final PromptEncoder promptEncoder;
  private final Denoiser denoiser;
  private final LatentDecoder decoder;
  private final OpenResources resources = new OpenResources();
  private final DenoisingPass plan;

  private NDManager encoding;
  private UNetConditioning conditioning;
  private Denoiser.BareCalls calls;
  private NDManager denoising;
  private NDArray latents;

  /**
   * Joins the parts, which stay the caller's, and encodes the prompts.
   *
   * @param requests the batch
   * @param listener hears of warnings and of each step
   * @param networks the pipeline's
   * @param passes makes the batch's pass, once for each run
   */
  PictureStages(
      List<ImageRequest> requests,
      PipelineListener listener,
      ModelNetworks networks,
      Supplier<DenoisingPass> passes) {
    this.requests = List.copyOf(requests);
    this.listener = listener;
    this.manager = resources.keep(networks.newScratch());
    this.passes = passes;
    this.threads = () -> networks.useThreadsFor(requests.get(0).settings());
    this.promptEncoder = networks.promptEncoder();
    this.denoiser = networks.denoiser();
    this.decoder = networks.decoder();
    this.plan = resources.keep(passes.get());
    this.encoding = manager.newSubManager();
    this.denoising = manager.newSubManager();
    try {
      encode();
      embed();
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Encodes the prompts, also those that were encoded before. */
  public void encode() {
    run(
        () -> {
          promptEncoder.forget();
          encoding.close();
          encoding = manager.newSubManager();
          conditioning = promptEncoder.embed(requests, listener::onWarning, encoding);
        });
  }

  /** Computes what the U-Net needs once a picture: the embeddings of the timesteps and the text. */
  public void embed() {
    run(
        () -> {
          closeCalls();
          calls = denoiser.bareCalls(plan, requests.size(), conditioning, manager);
        });
  }

  /**
   * Calls the U-Net as often as {@link #denoise} does, and does nothing else.
   *
   * @see #embed
   */
  public void predict() {
    run(
        () -> {
          for (int i = 0; i < plan.sampler().evaluations(); i++) {
            calls.predict(i);
          }
        });
  }

  /** Goes from noise to clean latents, {@link #embed} included: the whole loop. */
  public void denoise() {
    run(
        () -> {
          denoising.close();
          denoising = manager.newSubManager();
          PictureSeeds seeds = PictureSeeds.of(requests);
          try (DenoisingPass pass = passes.get()) {
            latents = denoiser.denoise(pass, seeds, conditioning, listener, denoising);
          }
        });
  }

  /**
   * Decodes what {@link #denoise} left.
   *
   * @return the pictures
   * @throws IllegalStateException if there is nothing
   * @throws BrokenPictureException if a picture is not made of numbers
   */
  public List<RgbImage> decode() {
    if (latents == null) {
      throw new IllegalStateException("nothing has been denoised");
    }
    List<RgbImage> pictures = new ArrayList<>();
    run(() -> pictures.addAll(decoder.decode(latents, plan.padding(), listener)));
    return pictures;
  }

  /**
   * How often the U-Net is called.
   *
   * @return 1 or more; not always the number of steps that was asked for
   */
  public int evaluations() {
    return plan.sampler().evaluations();
  }

  /**
   * Whether the U-Net sees each latent in several branches.
   *
   * @return false where guidance is built in
   */
  public boolean isGuided() {
    return conditioning.branches().areGuided();
  }

  /**
   * How long the text is that the U-Net attends to.
   *
   * @return tokens
   */
  public long tokens() {
    return conditioning.context().getShape().get(1);
  }

  private void run(Runnable stage) {
    try {
      threads.run(); // others may have set another number in between
      stage.run();
      await();
    } catch (EngineException e) {
      ImageRequest first = requests.get(0);
      throw EngineMemory.explained(
          e,
          "%d picture(s) of %dx%d; try a smaller size or batch"
              .formatted(requests.size(), first.settings().width(), first.settings().height()));
    }
  }

  /** Reads back a number that is made after everything that was asked of the device before. */
  private void await() {
    try (NDArray last = manager.ones(new Shape(1))) {
      last.getFloat();
    }
  }

  private void closeCalls() {
    if (calls != null) {
      calls.close();
      calls = null;
    }
  }

  @Override
  public void close() {
    if (calls != null) {
      resources.keep(calls);
      calls = null;
    }
    resources.close();
  }
}
