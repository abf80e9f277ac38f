package io.darkroom.cli;

import com.google.gson.JsonObject;
import io.darkroom.pipeline.GuidanceSettings;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.PictureSettings;
import io.darkroom.recipe.Detail;
import io.darkroom.sampling.Prediction;

/** What was asked for, as fields of a line of JSON. */
final class RequestFields {
  /** What {@link Detail#EMPTY_NEGATIVE_PROMPT} says. */
  static final String ENCODED = "encoded";

  private RequestFields() {}

  /**
   * Adds the fields.
   *
   * @param request what was asked for
   * @param line where they are added
   */
  static void add(ImageRequest request, JsonObject line) {
    PictureSettings settings = request.settings();
    GuidanceSettings guidance = settings.guidance();
    line.addProperty("prompt", request.prompt());
    line.addProperty("negative_prompt", request.negativeText());
    if (request.hasEmptyNegativePrompt()) {
      line.addProperty(Detail.EMPTY_NEGATIVE_PROMPT.jsonName(), ENCODED);
    }
    line.addProperty("seed", request.seed());
    line.addProperty("width", settings.width());
    line.addProperty("height", settings.height());
    line.addProperty("steps", settings.steps());
    line.addProperty("sampler", settings.sampler());
    line.addProperty("guidance_scale", guidance.scale());
    line.addProperty("eta", settings.eta());
    line.addProperty("schedule", settings.schedule());
    line.addProperty("guidance_rescale", guidance.rescale());
    line.addProperty("guidance_interval", guidance.interval().toString());
    line.addProperty("clip_skip", settings.clipSkip());
    line.addProperty("deep_cache", settings.deepCache());
    if (settings.prediction() != Prediction.MODEL) {
      line.addProperty("prediction", settings.prediction().optionName());
    }
  }
}
