package io.darkroom.cli.models;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.hub.ModelFacts;
import io.darkroom.pipeline.DefaultSettings;
import io.darkroom.request.PictureSettings;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import java.util.Optional;

/**
 * What a picture is painted with where no option says another.
 *
 * @param settings empty for a model that is not run
 * @param problem why a model of a family that is run is not, if so
 * @param instead what to say where the model's own sampler is not known, else nothing
 */
record ModelDefaults(Optional<PictureSettings> settings, Optional<String> problem, String instead) {
  private static final int ANY_SIDE = 512;

  /**
   * Reads them.
   *
   * @param facts what is known of the model
   * @return its defaults
   */
  static ModelDefaults of(ModelFacts facts) {
    if (facts.family().kind().isEmpty()) {
      return new ModelDefaults(Optional.empty(), Optional.empty(), "");
    }
    try {
      JsonConfig json = facts.scheduler();
      SchedulerConfig scheduler = SchedulerConfig.parse(json.json(), json.source());
      String instead =
          scheduler
              .schedulerClass()
              .filter(name -> SamplerKind.publishedWith(scheduler).isEmpty())
              .map(name -> ", in place of " + OneLine.of(name) + ", which is not known")
              .orElse("");
      PictureSettings settings =
          DefaultSettings.of(facts.wishes(), scheduler, facts.side().orElse(ANY_SIDE));
      return new ModelDefaults(Optional.of(settings), Optional.empty(), instead);
    } catch (ModelException e) {
      return new ModelDefaults(Optional.empty(), Optional.of(e.getMessage()), "");
    }
  }
}
