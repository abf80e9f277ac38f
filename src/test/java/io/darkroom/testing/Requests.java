package io.darkroom.testing;

import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.GuidanceSettings;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.PictureSettings;
import io.darkroom.sampling.Prediction;
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

  /** Settings with nothing out of the ordinary. */
  public static PictureSettings settings(
      int width, int height, int steps, double guidanceScale, String sampler, double eta) {
    return new PictureSettings(
        width,
        height,
        steps,
        sampler,
        PictureSettings.MODEL_SCHEDULE,
        eta,
        GuidanceSettings.of(guidanceScale),
        0,
        1,
        Prediction.MODEL);
  }

  /** Settings with another schedule, rescaled guidance and another layer. */
  public static PictureSettings settings(
      PictureSettings old, String schedule, double guidanceRescale, int clipSkip) {
    return new PictureSettings(
        old.width(),
        old.height(),
        old.steps(),
        old.sampler(),
        schedule,
        old.eta(),
        new GuidanceSettings(old.guidance().scale(), guidanceRescale, old.guidance().interval()),
        clipSkip,
        old.deepCache(),
        old.prediction());
  }

  /** Settings that save work. */
  public static PictureSettings settings(PictureSettings old, String interval, int deepCache) {
    return new PictureSettings(
        old.width(),
        old.height(),
        old.steps(),
        old.sampler(),
        old.schedule(),
        old.eta(),
        new GuidanceSettings(
            old.guidance().scale(), old.guidance().rescale(), GuidanceInterval.parse(interval)),
        old.clipSkip(),
        deepCache,
        old.prediction());
  }
}
