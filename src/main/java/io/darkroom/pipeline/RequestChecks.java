package io.darkroom.pipeline;

import io.darkroom.base.OpenResources;
import io.darkroom.base.PlainNumber;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraTag;
import io.darkroom.model.EsrganFile;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.pipeline.DenoisingPass.Beginning;
import io.darkroom.pipeline.DenoisingPass.Model;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.PictureSize;
import io.darkroom.request.Setting;
import io.darkroom.request.Start;
import io.darkroom.sampling.Sampler;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Refuses what a model cannot paint, before any work is done.
 *
 * @param configs the model
 * @param refiner the refiner beside it, if there is one
 */
record RequestChecks(ModelConfigs configs, Optional<ModelConfigs> refiner) {
  private static final int TRAIN_TIMESTEPS = 1000;

  /** As in the reference; a run of which all is made would end before it begins. */
  private static final double GREATEST_STRENGTH = 0.999;

  /**
   * Checks a request.
   *
   * @param request the request
   * @param loras what is or would be merged
   * @param promptEncoders the model's, and the refiner's if there is one
   * @throws InvalidRequestException if the model cannot serve it
   */
  void check(ImageRequest request, List<LoraChoice> loras, List<PromptEncoder> promptEncoders) {
    requireLoras(request, loras);
    PictureSettings settings = request.settings();
    new PictureSizes(configs.autoencoder().vaeScaleFactor())
        .check(settings.width(), settings.height());
    promptEncoders.forEach(encoder -> encoder.check(request));
    checkStart(request);
    if (settings.tiled() && settings.deepCache() > 1) {
      throw new InvalidRequestException(
          "a tiled picture has no use for a deep cache: each window finds something else; leave"
              + " one of the two out");
    }
    checkHires(settings);
    if (refiner.isEmpty() && !settings.goesWithoutSaying(Setting.REFINER_START)) {
      throw new InvalidRequestException("a refiner start needs a refiner; name one with --refiner");
    }
    plan(request).close();
  }

  /**
   * Plans the passes that a request asks for.
   *
   * @param request the request
   * @return the passes with fresh samplers, which the caller closes
   * @throws InvalidRequestException if there is no such sampler for the model, or it cannot begin
   *     where a pass does
   */
  PassPlan plan(ImageRequest request) {
    List<DenoisingPass> passes = new ArrayList<>();
    try {
      passes.add(firstPass(request));
      if (request.settings().get(Setting.HIRES).isPresent()) {
        passes.add(hiresPass(request));
      }
      double share = request.settings().get(Setting.REFINER_START).orElseThrow();
      if (refiner.isPresent() && share < 1) {
        handOver(passes, refiner.get(), share);
      }
      return new PassPlan(passes);
    } catch (RuntimeException | Error e) {
      OpenResources.closeAfter(new PassPlan(passes), e);
      throw e;
    }
  }

  private DenoisingPass firstPass(ImageRequest request) {
    PictureSettings settings = request.settings();
    Start start = request.start();
    Sampler sampler = sampler(configs, settings);
    try {
      int first =
          start
              .source()
              .map(source -> sampler.firstEvaluation(settings.steps(), source.strength()))
              .orElse(0);
      return new DenoisingPass(
          Model.BASE, settings, Beginning.START, start, sampler, first, sampler.evaluations());
    } catch (IllegalArgumentException e) {
      sampler.close();
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /**
   * Lets the refiner make the end of the last pass, as diffusers does ({@code denoising_end} and
   * {@code denoising_start}): all steps of a timestep below the share. What begins below it, as a
   * picture of little strength does, is the refiner's as a whole.
   */
  private void handOver(List<DenoisingPass> passes, ModelConfigs refiner, double share) {
    DenoisingPass whole = passes.get(passes.size() - 1);
    int trained = refiner.scheduler().trainTimesteps().orElse(TRAIN_TIMESTEPS);
    double cutoff = Math.rint(trained - share * trained);
    int end = firstBelow(cutoff, whole.sampler());
    if (end == whole.end()) {
      throw new InvalidRequestException(
          "with a refiner start of %s, none of %d steps is left to the refiner; use a lower share"
                  .formatted(PlainNumber.of(share), whole.settings().steps())
              + " or more steps");
    }
    if (end == 0 && whole.beginning() == Beginning.START && whole.start() instanceof Start.Noise) {
      throw new InvalidRequestException(
          "with a refiner start of %s, none of %d steps is left to the model that begins; use a"
                  .formatted(PlainNumber.of(share), whole.settings().steps())
              + " higher share or more steps");
    }
    Sampler sampler = sampler(refiner, whole.settings());
    boolean isRefinersAlone = whole.first() >= end;
    int first = isRefinersAlone ? whole.first() : firstBelow(cutoff, sampler);
    DenoisingPass refined =
        new DenoisingPass(
            Model.REFINER,
            whole.settings(),
            isRefinersAlone ? whole.beginning() : Beginning.HANDED_OVER,
            whole.start(),
            sampler,
            first,
            sampler.evaluations());
    passes.add(refined);
    try {
      sampler.requireStart(first);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
    if (isRefinersAlone) {
      passes.remove(whole);
      whole.close();
    } else {
      passes.set(passes.indexOf(whole), whole.endingBefore(end));
    }
  }

  /** The first evaluation of a step whose timestep is below; the number of all if there is none. */
  private static int firstBelow(double timestep, Sampler sampler) {
    for (int i = 0; i < sampler.evaluations(); i += sampler.evaluationsPerStep()) {
      if (sampler.timestep(i) < timestep) {
        return i;
      }
    }
    return sampler.evaluations();
  }

  /**
   * The second pass makes just as many steps as are asked for, the last ones of a longer run, as
   * AUTOMATIC1111's web UI does ({@code setup_img2img_steps}).
   */
  private DenoisingPass hiresPass(ImageRequest request) {
    PictureSettings given = request.settings();
    PictureSize size = given.resultSize(configs.autoencoder().vaeScaleFactor());
    int made = given.get(Setting.HIRES_STEPS).orElse(given.steps());
    double strength = given.get(Setting.HIRES_STRENGTH).orElseThrow();
    int steps = (int) (made / Math.min(strength, GREATEST_STRENGTH));
    try {
      PictureSettings settings =
          given
              .with(Setting.WIDTH, size.width())
              .with(Setting.HEIGHT, size.height())
              .with(Setting.STEPS, steps);
      Sampler sampler = sampler(configs, settings);
      try {
        int first = sampler.firstOfLast(made, steps);
        return new DenoisingPass(
            Model.BASE,
            settings,
            Beginning.ENLARGED,
            request.start(),
            sampler,
            first,
            sampler.evaluations());
      } catch (IllegalArgumentException e) {
        sampler.close();
        throw new InvalidRequestException(e.getMessage());
      }
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          "the high-resolution pass makes the last %d of %d steps (strength %s): %s"
              .formatted(made, steps, PlainNumber.of(strength), e.getMessage()));
    }
  }

  private static Sampler sampler(ModelConfigs model, PictureSettings settings) {
    try {
      return settings
          .sampler()
          .create(
              model.scheduler().with(settings.prediction()),
              settings.schedule(),
              settings.steps(),
              settings.eta());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  private void checkHires(PictureSettings settings) {
    if (settings.get(Setting.HIRES).isEmpty()) {
      return;
    }
    PictureSize size = settings.resultSize(configs.autoencoder().vaeScaleFactor());
    try {
      new PictureSizes(configs.autoencoder().vaeScaleFactor()).check(size.width(), size.height());
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException("the high-resolution pass: " + e.getMessage());
    }
    if (size.width() < settings.width() || size.height() < settings.height()) {
      throw new InvalidRequestException(
          "the high-resolution pass must not be smaller than the first: %dx%d comes after %dx%d"
              .formatted(size.width(), size.height(), settings.width(), settings.height()));
    }
    HiresUpscaler upscaler = settings.get(Setting.HIRES_UPSCALER).orElseThrow();
    if (!(upscaler instanceof HiresUpscaler.Latents)
        && configs.autoencoder() instanceof TinyAutoencoderConfig) {
      throw new InvalidRequestException(
          "a tiny autoencoder cannot encode the enlarged picture; leave --vae out, or enlarge with"
              + " --hires-upscaler latent");
    }
    upscaler.network().ifPresent(network -> EsrganFile.open(network.file()));
  }

  private void checkStart(ImageRequest request) {
    boolean needsMask = configs.isForInpainting();
    String model = configs.source().name();
    if (configs.source().kind().isRefiner() && request.start() instanceof Start.Noise) {
      throw new InvalidRequestException(
          model
              + " is a refiner, which cannot begin a picture: give it one with --init-image, or name"
              + " a base model with --model and this one with --refiner");
    }
    if (needsMask && !(request.start() instanceof Start.Inpaint)) {
      throw new InvalidRequestException(
          model
              + " is a model for inpainting: give it a picture with --init-image and a mask with"
              + " --mask");
    }
    if (configs.isForInstructions() && !(request.start() instanceof Start.Image)) {
      throw new InvalidRequestException(
          model
              + " is a model for instructions: give it a picture with --init-image, no mask, and"
              + " say in the prompt what to change");
    }
    if (request.start() instanceof Start.Inpaint inpaint
        && needsMask
        && inpaint.edge() == Start.MaskEdge.SOFT) {
      throw new InvalidRequestException(
          model + " uses the mask itself, in black and white; leave the soft mask out");
    }
    if (!(request.start() instanceof Start.Noise)
        && configs.autoencoder() instanceof TinyAutoencoderConfig) {
      throw new InvalidRequestException(
          "a tiny autoencoder cannot encode the source picture; leave --vae out");
    }
  }

  /** The weights are merged already: a prompt may only ask for what is in them. */
  private static void requireLoras(ImageRequest request, List<LoraChoice> loras) {
    for (LoraTag tag : PromptLoras.in(request.prompt())) {
      boolean merged =
          loras.stream()
              .anyMatch(
                  lora -> lora.isCalled(tag.name()) && lora.strength().equals(tag.strength()));
      if (!merged) {
        throw new InvalidRequestException(
            "the prompt asks for <lora:%s:%s>, which is not merged into the model; give it with"
                    .formatted(tag.name(), tag.strength())
                + " --lora FILE:%s or --lora-dir DIR".formatted(tag.strength()));
      }
    }
  }
}
