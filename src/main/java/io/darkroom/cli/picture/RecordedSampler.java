package io.darkroom.cli.picture;

import io.darkroom.base.OneLine;
import io.darkroom.cli.console.Messages;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.Schedule;
import java.util.Optional;

/**
 * The sampler and the schedule that a picture's file tells, in the words of whichever tool.
 *
 * @param picture the picture
 * @param messages told where there is no such sampler here
 */
record RecordedSampler(PaintedPicture picture, Messages messages) {
  /**
   * The sampler.
   *
   * @return its name as an option's value; empty if the file tells none
   * @throws InvalidRequestException if Darkroom painted it and does not know the name
   */
  Optional<String> optionName() {
    return recipe()
        .text(Detail.SAMPLER)
        .map(OneLine::of)
        .map(this::choice)
        .map(choice -> choice.kind().optionName());
  }

  private SamplerChoice choice(String name) {
    if (recipe().tool() != Tool.DARKROOM) {
      SamplerChoice nearest = SamplerChoice.nearest(name);
      if (SamplerChoice.find(name).isEmpty()) {
        messages.warn(
            "%s: Darkroom has no sampler '%s'; it uses the nearest one, %s"
                .formatted(picture.name(), name, nearest.kind().optionName()));
      }
      return nearest;
    }
    try {
      return SamplerChoice.named(name);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --sampler");
    }
  }

  /**
   * The picture's schedule, if it is one of the sampler that is to be used.
   *
   * @param wanted the sampler that the user chose, if so
   * @return the schedule
   * @throws InvalidRequestException if Darkroom painted it and does not know the name
   */
  Optional<Schedule> schedule(Optional<SamplerChoice> wanted) {
    Optional<SamplerChoice> recorded =
        recipe()
            .text(Detail.SAMPLER)
            .flatMap(
                name ->
                    recipe().tool() == Tool.DARKROOM
                        ? SamplerChoice.find(name)
                        : Optional.of(SamplerChoice.nearest(name)));
    Optional<SamplerChoice> chosen = wanted.or(() -> recorded);
    Optional<Schedule> schedule =
        chosen
            .flatMap(SamplerChoice::schedule)
            .or(() -> recorded.flatMap(SamplerChoice::schedule))
            .or(
                () ->
                    recipe()
                        .text(Detail.SCHEDULE)
                        .map(OneLine::of)
                        .flatMap(name -> schedule(name, recorded)));
    Optional<Schedule> fitting =
        schedule.filter(
            known -> chosen.map(choice -> choice.kind().schedules().contains(known)).orElse(true));
    if (schedule.isPresent() && fitting.isEmpty()) {
      messages.warn(
          "the sampler has no schedule '%s'; the model's own is used"
              .formatted(schedule.get().optionName()));
    }
    return fitting;
  }

  private Optional<Schedule> schedule(String name, Optional<SamplerChoice> sampler) {
    if (recipe().tool() == Tool.AUTOMATIC1111 && name.equalsIgnoreCase("Automatic")) {
      // What the web UI itself takes where nobody chooses: its modules/sd_samplers_kdiffusion.py.
      return sampler.map(
          choice ->
              switch (choice.kind()) {
                case DPMPP_2M, DPMPP_SDE -> Schedule.KARRAS;
                case DPMPP_2M_SDE -> Schedule.EXPONENTIAL;
                default -> Schedule.MODEL;
              });
    }
    try {
      return Optional.of(Schedule.named(name));
    } catch (IllegalArgumentException e) {
      if (recipe().tool() != Tool.DARKROOM) {
        messages.warn(picture.name() + ": " + e.getMessage() + "; the model's own is used");
        return Optional.empty();
      }
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --schedule");
    }
  }

  private Recipe recipe() {
    return picture.recipe();
  }
}
