package io.darkroom.pipeline;

import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.lora.LoraChoice;
import io.darkroom.lora.LoraTag;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Start;
import java.util.List;

/**
 * Refuses what a model cannot paint, before any work is done.
 *
 * @param configs the model
 */
record RequestChecks(ModelConfigs configs) {
  /**
   * Checks a request.
   *
   * @param request the request
   * @param loras what is or would be merged
   * @param promptEncoder the model's
   * @throws InvalidRequestException if the model cannot serve it
   */
  void check(ImageRequest request, List<LoraChoice> loras, PromptEncoder promptEncoder) {
    requireLoras(request, loras);
    PictureSettings settings = request.settings();
    new PictureSizes(configs.autoencoder().vaeScaleFactor())
        .check(settings.width(), settings.height());
    promptEncoder.check(request);
    checkStart(request);
    if (settings.tiled() && settings.deepCache() > 1) {
      throw new InvalidRequestException(
          "a tiled picture has no use for a deep cache: each window finds something else; leave"
              + " one of the two out");
    }
    try (DenoisingPass pass = pass(request)) {
      pass.firstEvaluation();
    }
  }

  /**
   * Makes the pass that a request asks for.
   *
   * @param request the request
   * @return the pass with a fresh sampler, which the caller closes
   * @throws InvalidRequestException if there is no such sampler for the model
   */
  DenoisingPass pass(ImageRequest request) {
    try {
      PictureSettings settings = request.settings();
      return DenoisingPass.of(
          request,
          settings
              .sampler()
              .create(
                  configs.scheduler().with(settings.prediction()),
                  settings.schedule(),
                  settings.steps(),
                  settings.eta()));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  private void checkStart(ImageRequest request) {
    boolean needsMask = configs.isForInpainting();
    String model = configs.source().name();
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
