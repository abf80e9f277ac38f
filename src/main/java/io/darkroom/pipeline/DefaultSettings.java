package io.darkroom.pipeline;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.model.ModelSource;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;

/**
 * What a picture takes where the user says nothing: the model's own wishes, else the general ones
 * (50 steps, guidance 7.5, ddim, eta 0).
 */
public final class DefaultSettings {
  private static final int STEPS = 50;
  private static final String SAMPLER = SamplerKind.DDIM.optionName();

  /** Classifier-free guidance as most models want it. */
  private static final double GUIDANCE_SCALE = 7.5;

  private DefaultSettings() {}

  /**
   * Asks a model.
   *
   * @param source the model
   * @param scheduler what it says of its noise
   * @param side the side of the pictures that it was trained on, in pixels
   * @return its wishes
   * @throws io.darkroom.base.ModelException if a wish makes no sense
   */
  static PictureSettings of(ModelSource source, SchedulerConfig scheduler, int side) {
    return of(
        source
            .generationDefaults()
            .map(json -> JsonConfig.of(source.name() + "/darkroom.json", json))
            .orElseGet(() -> JsonConfig.of("", new JsonObject())),
        scheduler,
        side);
  }

  /**
   * What a model asks for.
   *
   * @param wishes as {@code darkroom.json} has them
   * @param scheduler what the model says of its noise
   * @param side the side of the pictures that it was trained on, in pixels
   * @return the settings
   * @throws io.darkroom.base.ModelException if a wish makes no sense
   */
  public static PictureSettings of(JsonConfig wishes, SchedulerConfig scheduler, int side) {
    SamplerChoice sampler = sampler(wishes, scheduler);
    try {
      Choices choices =
          Choices.NONE
              .withText(Setting.WIDTH, "" + wishes.integer("width", side))
              .withText(Setting.HEIGHT, "" + wishes.integer("height", side))
              .withText(Setting.STEPS, "" + wishes.integer("steps", STEPS))
              .with(Setting.SAMPLER, sampler)
              .withText(
                  Setting.GUIDANCE_SCALE, "" + wishes.number("guidance_scale", GUIDANCE_SCALE))
              .withText(Setting.ETA, "" + wishes.number("eta", 0))
              .withText(Setting.GUIDANCE_RESCALE, "" + wishes.number("guidance_rescale", 0));
      return new PictureSettings(
          wishes.has("clip_skip")
              ? choices.withText(Setting.CLIP_SKIP, "" + wishes.integer("clip_skip"))
              : choices);
    } catch (InvalidRequestException e) {
      throw new ModelException(wishes.source() + ": " + e.getMessage(), e);
    }
  }

  private static SamplerChoice sampler(JsonConfig wishes, SchedulerConfig scheduler) {
    String published =
        SamplerKind.publishedWith(scheduler).map(SamplerKind::optionName).orElse(SAMPLER);
    try {
      return SamplerChoice.named(wishes.text("sampler", published));
    } catch (IllegalArgumentException e) {
      throw new ModelException(wishes.source() + ": " + e.getMessage(), e);
    }
  }
}
