package io.darkroom.testing;

import io.darkroom.request.GuidanceInterval;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;

/** Requests and settings in few words. */
public final class Requests {
  private Requests() {}

  /**
   * A request whose texts have weights (an empty negative one is none), and whose settings are
   * {@link #settings}.
   */
  public static ImageRequest of(
      String prompt,
      String negativePrompt,
      long seed,
      int width,
      int height,
      int steps,
      double guidanceScale,
      String sampler,
      double eta) {
    return new ImageRequest(
        prompt,
        Optional.of(negativePrompt).filter(text -> !text.isEmpty()),
        PromptSyntax.WEIGHTED,
        seed,
        settings(width, height, steps, guidanceScale, sampler, eta));
  }

  /** The same with a negative prompt that was given and says nothing. */
  public static ImageRequest withEmptyNegative(ImageRequest old) {
    return new ImageRequest(
        old.prompt(), Optional.of(""), old.promptSyntax(), old.seed(), old.settings());
  }

  /** Settings with nothing out of the ordinary. */
  public static PictureSettings settings(
      int width, int height, int steps, double guidanceScale, String sampler, double eta) {
    return PictureSettings.of(width, height, steps, guidanceScale, SamplerKind.named(sampler), eta);
  }

  /** Settings with another schedule, rescaled guidance and another layer. */
  public static PictureSettings settings(
      PictureSettings old, String schedule, double guidanceRescale, int clipSkip) {
    return old.with(Setting.SCHEDULE, Schedule.named(schedule))
        .with(Setting.GUIDANCE_RESCALE, guidanceRescale)
        .with(Setting.CLIP_SKIP, clipSkip);
  }

  /** Settings that save work. */
  public static PictureSettings settings(PictureSettings old, String interval, int deepCache) {
    return old.with(Setting.GUIDANCE_INTERVAL, GuidanceInterval.parse(interval))
        .with(Setting.DEEP_CACHE, deepCache);
  }
}
