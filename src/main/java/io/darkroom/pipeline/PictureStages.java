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
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The road of one batch, stage by stage, where it has two passes that of the second, for those who
 * measure it; {@link DiffusionPipeline#generate} goes it in one. Each stage may be repeated, and
 * returns only when the device has done its work: on a GPU a call returns before that. For one
 * thread.
 */
public final class PictureStages implements AutoCloseable {
  private final List<ImageRequest> requests;
  private final PipelineListener listener;
  private final NDManager manager;
  private final Supplier<PassPlan> plans;
  private final Runnable threads;
  private final PromptEncoder promptEncoder;
  private final Denoiser denoiser;
  private final LatentDecoder decoder;
  private final LatentEnlarger enlarger;
  private final OpenResources resources = new OpenResources();
  private final PassPlan plan;
  private final DenoisingPass pass;

  private NDManager encoding;
  private UNetConditioning conditioning;
  private Denoiser.BareCalls calls;
  private NDManager enlarging;
  private Optional<PassResult> enlarged = Optional.empty();
  private NDManager denoising;
  private NDArray latents;

  /**
   * Joins the parts, which stay the caller's, and encodes the prompts.
   *
   * @param requests the batch
   * @param listener hears of warnings and of each step
   * @param networks the pipeline's
   * @param plans plans the batch's passes, once for each run
   */
  PictureStages(
      List<ImageRequest> requests,
      PipelineListener listener,
      ModelNetworks networks,
      Supplier<PassPlan> plans) {
    this.requests = List.copyOf(requests);
    this.listener = listener;
    this.manager = resources.keep(networks.newScratch());
    this.plans = plans;
    this.plan = resources.keep(plans.get());
    this.pass = plan.last();
    this.threads = () -> networks.useThreadsFor(pass.settings());
    this.promptEncoder = networks.promptEncoder();
    this.denoiser = networks.denoiser();
    this.decoder = networks.decoder();
    this.enlarger = networks.enlarger();
    this.encoding = manager.newSubManager();
    this.enlarging = manager.newSubManager();
    this.denoising = manager.newSubManager();
    try {
      encode();
      embed();
      if (isEnlarged()) {
        enlarge();
      }
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
          List<ImageRequest> sized =
              requests.stream().map(request -> request.withSettings(pass.settings())).toList();
          conditioning = promptEncoder.embed(sized, listener::onWarning, encoding);
        });
  }

  /** Computes what the U-Net needs once a picture: the embeddings of the timesteps and the text. */
  public void embed() {
    run(
        () -> {
          closeCalls();
          calls = denoiser.bareCalls(pass, requests.size(), conditioning, manager);
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
          for (int i = pass.first(); i < pass.end(); i++) {
            calls.predict(i);
          }
        });
  }

  /** {@return whether the batch has a pass that begins with enlarged latents} */
  public boolean isEnlarged() {
    return pass.beginning() == DenoisingPass.Beginning.ENLARGED;
  }

  /**
   * Enlarges latents of the first pass's size, for the second pass.
   *
   * @throws IllegalStateException if there is none
   */
  public void enlarge() {
    if (!isEnlarged()) {
      throw new IllegalStateException("there is no second pass");
    }
    run(
        () -> {
          enlarging.close();
          enlarging = manager.newSubManager();
          try (SeededNoise first = denoiser.noise(seeds(), plan.first(), enlarging);
              SeededNoise noise = denoiser.resized(first, pass);
              NDArray small = first.next()) {
            NDArray large = enlarger.enlarge(small, pass, noise, listener, enlarging);
            enlarged = Optional.of(new PassResult(large, List.of()));
          }
        });
  }

  private PictureSeeds seeds() {
    return PictureSeeds.of(requests);
  }

  /** Goes from noise to clean latents, {@link #embed} included: the whole loop. */
  public void denoise() {
    run(
        () -> {
          denoising.close();
          denoising = manager.newSubManager();
          try (PassPlan fresh = plans.get();
              SeededNoise noise = denoiser.noise(seeds(), pass, denoising)) {
            latents =
                denoiser
                    .denoise(fresh.last(), enlarged, noise, conditioning, listener, denoising)
                    .latents();
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
    run(() -> pictures.addAll(decoder.decode(latents, pass.padding(), listener)));
    return pictures;
  }

  /**
   * How often the U-Net is called.
   *
   * @return 1 or more; not always the number of steps that was asked for
   */
  public int evaluations() {
    return pass.evaluations();
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
      throw EngineMemory.explained(
          e,
          "%d picture(s) of %dx%d; try a smaller size or batch"
              .formatted(requests.size(), pass.settings().width(), pass.settings().height()));
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
