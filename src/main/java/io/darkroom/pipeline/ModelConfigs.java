package io.darkroom.pipeline;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.model.Component;
import io.darkroom.model.ModelKind;
import io.darkroom.model.ModelSource;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import java.util.List;
import java.util.Optional;

/**
 * What the configs of a model say, parsed once. The components fit each other.
 *
 * @param source the model
 * @param scheduler its noise schedule
 * @param unet its U-Net
 * @param autoencoder its autoencoder
 * @param textParts its text encoders
 * @param defaults what a picture takes where the user says nothing
 */
record ModelConfigs(
    ModelSource source,
    SchedulerConfig scheduler,
    UNetConfig unet,
    DecoderConfig autoencoder,
    List<TextPart> textParts,
    PictureSettings defaults) {
  /**
   * Reads the configs.
   *
   * @param source the model
   * @return its configs
   * @throws ModelException if one is missing, malformed or not supported, or they do not fit
   */
  static ModelConfigs read(ModelSource source) {
    JsonConfig schedulerSettings = source.settings(Component.SCHEDULER);
    SchedulerConfig scheduler =
        SchedulerConfig.parse(schedulerSettings.json(), schedulerSettings.source());
    JsonConfig unetSettings = source.settings(Component.UNET);
    UNetConfig parsed = UNetConfig.parse(unetSettings);
    UNetConfig unet = source.kind().hearsAestheticScore() ? parsed.withAestheticScore() : parsed;
    DecoderConfig autoencoder = DecoderConfig.parse(source.settings(source.kind().autoencoder()));
    List<TextPart> textParts = TextPart.of(source, unet);
    TextPart.requireFit(textParts, unet, unetSettings.source());
    requireFit(source.kind(), unet, autoencoder, unetSettings.source());
    PictureSettings usual =
        DefaultSettings.of(source, scheduler, unet.sampleSize() * autoencoder.vaeScaleFactor());
    // Who gives an instruction keeps to the picture by what the U-Net sees of it.
    PictureSettings defaults =
        unet.followsInstructions() && source.kind().enlarging().isEmpty()
            ? usual.with(Setting.STRENGTH, 1.0)
            : usual;
    return new ModelConfigs(source, scheduler, unet, autoencoder, textParts, defaults);
  }

  private static void requireFit(
      ModelKind kind, UNetConfig unet, DecoderConfig autoencoder, String source) {
    int channels = autoencoder.latentChannels();
    int extra = unet.extraChannels();
    if (kind.enlarging().isPresent()) {
      requireFitForEnlarging(kind.enlarging().get(), unet, channels, source);
      return;
    }
    if (unet.outChannels() != channels
        || (extra != 0 && extra != channels && extra != 1 + channels)) {
      throw new ModelException(
          ("%s: in_channels %d and out_channels %d, but the autoencoder has %d; models for text"
                      + " to image,")
                  .formatted(source, unet.inChannels(), unet.outChannels(), channels)
              + " for inpainting and for instructions can run, not models for depth");
    }
  }

  private static void requireFitForEnlarging(
      ModelKind.Enlarging enlarging, UNetConfig unet, int channels, String source) {
    int picture = ModelKind.Enlarging.PICTURE_CHANNELS;
    if (unet.outChannels() != channels || unet.extraChannels() != picture) {
      throw new ModelException(
          "%s: in_channels %d and out_channels %d; an upscaler with latents of %d channels has %d and %d"
              .formatted(
                  source,
                  unet.inChannels(),
                  unet.outChannels(),
                  channels,
                  channels + picture,
                  channels));
    }
    if (enlarging.noising().isPresent() != unet.classTable().isPresent()) {
      throw new ModelException(
          "%s: num_class_embeds must %s, for the noise level of the small picture"
              .formatted(source, enlarging.noising().isPresent() ? "be a number" : "be absent"));
    }
  }

  /**
   * Checks that another model can go on with this one's latents.
   *
   * @param refiner the other one
   * @throws ModelException if its latents or noise levels are others
   */
  void requireRefinedBy(ModelConfigs refiner) {
    boolean sameLatents =
        refiner.autoencoder.latentChannels() == autoencoder.latentChannels()
            && refiner.autoencoder.vaeScaleFactor() == autoencoder.vaeScaleFactor()
            && refiner.latentScale() == latentScale();
    if (!sameLatents || scheduler.isEdm() || refiner.scheduler.isEdm()) {
      throw new ModelException(
          "%s has other latents or noise levels than %s, which cannot go on with them"
              .formatted(source.name(), refiner.source.name()));
    }
    if (isForInpainting()) {
      throw new ModelException(
          "%s is a model for inpainting, with which a refiner cannot go on; leave --refiner out"
              .formatted(source.name()));
    }
  }

  /**
   * Tells whether the U-Net sees a mask and the masked picture.
   *
   * @return whether the model is one for inpainting
   */
  boolean isForInpainting() {
    return unet.extraChannels() > 0 && !isForInstructions() && source.kind().enlarging().isEmpty();
  }

  /**
   * Tells whether the U-Net sees the latents of a picture that it changes by an instruction, as
   * InstructPix2Pix does.
   *
   * @return whether the model is one for instructions
   */
  boolean isForInstructions() {
    return unet.followsInstructions() && source.kind().enlarging().isEmpty();
  }

  /**
   * Tells whether the autoencoder computes in float32 whatever the other networks compute in. The
   * decoder of Stable Diffusion XL overflows in half precision.
   *
   * @return whether it does
   */
  boolean upcastsAutoencoder() {
    return source.kind().heedsForceUpcast() && autoencoder.forceUpcast();
  }

  /**
   * What the U-Net's latents were multiplied by. A tiny autoencoder takes them as they are.
   *
   * @return the autoencoder's {@code scaling_factor}, else that of the model's kind
   */
  double latentScale() {
    return autoencoder instanceof AutoencoderConfig known
        ? known.scalingFactor()
        : source.kind().latentScale();
  }

  /**
   * What stands for a negative prompt where there is none.
   *
   * @return the empty text, or zeros as in diffusers' {@code
   *     StableDiffusionXLPipeline.encode_prompt} ({@code zero_out_negative_prompt})
   */
  PromptEncoder.NoNegative noNegative() {
    return source.zeroesNoNegative()
        ? PromptEncoder.NoNegative.ZEROS
        : PromptEncoder.NoNegative.ENCODED;
  }

  /**
   * What the user should know where the sampler that the model was published with is not here.
   *
   * @return a line, if it is so
   */
  Optional<String> replacedScheduler() {
    return scheduler
        .schedulerClass()
        .filter(name -> SamplerKind.publishedWith(scheduler).isEmpty())
        .map(
            name ->
                ("%s names the scheduler %s, which Darkroom does not know; %s is used instead"
                        + " unless you choose another with --sampler")
                    .formatted(
                        scheduler.source(), OneLine.of(name), defaults.sampler().optionName()));
  }
}
