package io.darkroom.cli.output;

import com.google.gson.JsonObject;
import io.darkroom.recipe.Detail;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePictures;
import java.util.Set;

/** What was asked for, as fields of a line of JSON. */
public final class RequestFields {
  /** What {@link Detail#EMPTY_NEGATIVE_PROMPT} says. */
  static final String ENCODED = "encoded";

  /** Those that scripts have found in each line since they were there. */
  private static final Set<Setting<?>> ALWAYS_TOLD =
      Set.of(
          Setting.SCHEDULE,
          Setting.GUIDANCE_RESCALE,
          Setting.GUIDANCE_INTERVAL,
          Setting.CLIP_SKIP,
          Setting.DEEP_CACHE);

  private RequestFields() {}

  /**
   * Adds the fields.
   *
   * @param request what was asked for
   * @param line where they are added
   */
  public static void add(ImageRequest request, JsonObject line) {
    PictureSettings settings = request.settings();
    line.addProperty("prompt", request.prompt());
    line.addProperty("negative_prompt", request.negativeText());
    if (request.hasEmptyNegativePrompt()) {
      line.addProperty(Detail.EMPTY_NEGATIVE_PROMPT.jsonName(), ENCODED);
    }
    line.addProperty("seed", request.seed());
    for (Setting<?> setting : Setting.ALL) {
      if (ALWAYS_TOLD.contains(setting) || !settings.goesWithoutSaying(setting)) {
        settings.written(setting).ifPresent(value -> line.add(setting.key(), value));
      }
    }
    SourcePictures.hashes(request.start()).forEach(line::addProperty);
  }
}
