package io.darkroom.pipeline;

import com.google.gson.JsonObject;
import io.darkroom.checkpoint.JsonConfig;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.ModelSource;
import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
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
   * @throws io.darkroom.checkpoint.ModelException if a wish makes no sense
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
   * @throws io.darkroom.checkpoint.ModelException if a wish makes no sense
   */
  public static PictureSettings of(JsonConfig wishes, SchedulerConfig scheduler, int side) {
    SamplerChoice sampler = sampler(wishes, scheduler);
    try {
      GuidanceSettings guidance =
          new GuidanceSettings(
              wishes.number("guidance_scale", GUIDANCE_SCALE),
              wishes.number("guidance_rescale", 0),
              GuidanceInterval.EVERYWHERE);
      return new PictureSettings(
          wishes.integer("width", side),
          wishes.integer("height", side),
          wishes.integer("steps", STEPS),
          sampler.kind().optionName(),
          sampler.schedule().orElse(Schedule.MODEL).optionName(),
          wishes.number("eta", 0),
          guidance,
          wishes.integer("clip_skip", 0),
          1,
          Prediction.MODEL);
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

  /**
   * What any model can serve, to hold choices against before a model is known.
   *
   * @return settings
   */
  static PictureSettings ofAnyModel() {
    return new PictureSettings(
        512,
        512,
        STEPS,
        SAMPLER,
        PictureSettings.MODEL_SCHEDULE,
        0,
        GuidanceSettings.of(GUIDANCE_SCALE),
        0,
        1,
        Prediction.MODEL);
  }
}
