package io.darkroom.cli;

import io.darkroom.checkpoint.OneLine;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.RequestChoices;
import io.darkroom.recipe.Detail;
import io.darkroom.recipe.Recipe;
import io.darkroom.recipe.Tool;
import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;
import java.util.Set;

/**
 * What a picture's file says for the picture to be painted again; what the user says counts more.
 *
 * @param picture the picture
 */
record RecordedOrder(PaintedPicture picture) {
  private static final Set<String> DTYPES = Set.of("fp32", "fp16", "bf16");

  /**
   * The order.
   *
   * @param prompt the user's prompt
   * @param seed the user's seed
   * @param choices what else the user chose
   * @param messages told where the file does not suffice
   * @return what to paint
   * @throws InvalidRequestException if the user must choose what the file cannot
   */
  PictureOrder complete(
      Optional<String> prompt, Optional<Seed> seed, RequestChoices choices, Messages messages) {
    if (recipe().tool() != Tool.DARKROOM) {
      messages.warn(
          picture.name()
              + " was painted by "
              + recipe().tool().displayName()
              + ": the picture will be similar at best");
      recipe().leftOut().forEach(what -> messages.warn(picture.name() + ": left out: " + what));
    } else if (!recipe().settings().isEmpty()) {
      messages.warn(
          picture.name()
              + " tells what this version of Darkroom does not know: "
              + OneLine.of(String.join(", ", recipe().settings().keySet())));
    }
    return new PictureOrder(
        prompt.or(this::prompt).orElseThrow(this::promptMissing),
        seed.or(() -> recipe().seed().map(Seed::of)).orElseGet(() -> randomSeed(messages)),
        choices(choices, messages));
  }

  /** Of another tool the LoRAs join the prompt, as they would stand in AUTOMATIC1111's. */
  private Optional<String> prompt() {
    Optional<String> loras =
        recipe().text(Detail.LORAS).filter(tags -> recipe().tool() != Tool.DARKROOM);
    return recipe()
        .text(Detail.PROMPT)
        .map(prompt -> loras.map(tags -> prompt + " " + tags).orElse(prompt));
  }

  /**
   * The precision that it was painted in.
   *
   * @return one of Darkroom's, or {@code auto}
   */
  String dtype() {
    return recipe().text(Detail.DTYPE).filter(DTYPES::contains).orElse(ComputeOptions.AUTO.dtype());
  }

  private RequestChoices choices(RequestChoices wanted, Messages messages) {
    RequestChoices recorded =
        new RequestChoices(
            negativePrompt(),
            recipe().count(Detail.STEPS),
            recipe().number(Detail.GUIDANCE_SCALE),
            wanted.sampler().or(() -> sampler(messages)),
            recipe().number(Detail.ETA),
            recipe().count(Detail.WIDTH),
            recipe().count(Detail.HEIGHT),
            wanted.schedule().or(() -> schedule(wanted, messages)),
            recipe().number(Detail.GUIDANCE_RESCALE),
            wanted.guidanceInterval().or(this::guidanceInterval),
            recipe().count(Detail.CLIP_SKIP),
            wanted.promptSyntax().or(this::promptSyntax),
            recipe().count(Detail.DEEP_CACHE),
            wanted.prediction().or(this::prediction));
    RequestChoices choices = wanted.orElse(recorded);
    try {
      choices.check();
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose another value by its option");
    }
    return choices;
  }

  /** Other tools always encode the negative prompt, be it empty; Darkroom tells it from none. */
  private Optional<String> negativePrompt() {
    String text = recipe().text(Detail.NEGATIVE_PROMPT).orElse("");
    boolean none =
        text.isEmpty()
            && recipe().tool() == Tool.DARKROOM
            && recipe().text(Detail.EMPTY_NEGATIVE_PROMPT).isEmpty();
    return none ? Optional.empty() : Optional.of(text);
  }

  private Optional<String> sampler(Messages messages) {
    return recipe()
        .text(Detail.SAMPLER)
        .map(OneLine::of)
        .map(name -> choice(name, messages))
        .map(choice -> choice.kind().optionName());
  }

  private SamplerChoice choice(String name, Messages messages) {
    if (recipe().tool() != Tool.DARKROOM) {
      SamplerChoice nearest = SamplerChoice.nearest(name);
      if (SamplerChoice.find(name).isEmpty()) {
        messages.warn(
            "%s: there is no sampler '%s' here; %s, the nearest, is used"
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

  private Optional<GuidanceInterval> guidanceInterval() {
    try {
      return recipe().text(Detail.GUIDANCE_INTERVAL).map(OneLine::of).map(GuidanceInterval::parse);
    } catch (InvalidRequestException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --guidance-interval");
    }
  }

  private Optional<Prediction> prediction() {
    try {
      return recipe().text(Detail.PREDICTION).map(OneLine::of).map(Prediction::named);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --prediction");
    }
  }

  /** Darkroom's first pictures do not tell it: their prompts were plain. */
  private Optional<PromptSyntax> promptSyntax() {
    try {
      return recipe()
          .text(Detail.PROMPT_SYNTAX)
          .map(OneLine::of)
          .map(PromptSyntax::named)
          .or(
              () ->
                  Optional.of(PromptSyntax.PLAIN)
                      .filter(plain -> recipe().tool() == Tool.DARKROOM));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(
          picture.name() + ": " + e.getMessage() + "; choose one with --prompt-syntax");
    }
  }

  /** The picture's schedule, if it is one of the sampler that is to be used. */
  private Optional<String> schedule(RequestChoices wanted, Messages messages) {
    Optional<SamplerChoice> recorded =
        recipe()
            .text(Detail.SAMPLER)
            .flatMap(
                name ->
                    recipe().tool() == Tool.DARKROOM
                        ? SamplerChoice.find(name)
                        : Optional.of(SamplerChoice.nearest(name)));
    Optional<SamplerChoice> chosen =
        wanted.sampler().flatMap(SamplerChoice::find).or(() -> recorded);
    Optional<Schedule> schedule =
        chosen
            .flatMap(SamplerChoice::schedule)
            .or(() -> recorded.flatMap(SamplerChoice::schedule))
            .or(
                () ->
                    recipe()
                        .text(Detail.SCHEDULE)
                        .map(OneLine::of)
                        .flatMap(name -> schedule(name, recorded, messages)));
    Optional<Schedule> fitting =
        schedule.filter(
            known -> chosen.map(choice -> choice.kind().schedules().contains(known)).orElse(true));
    if (schedule.isPresent() && fitting.isEmpty()) {
      messages.warn(
          "the sampler has no schedule '%s': the model's own is used"
              .formatted(schedule.get().optionName()));
    }
    return fitting.map(Schedule::optionName);
  }

  private Optional<Schedule> schedule(
      String name, Optional<SamplerChoice> sampler, Messages messages) {
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

  private Seed randomSeed(Messages messages) {
    messages.warn(picture.name() + " does not tell its seed: it will be another picture");
    return Seed.random();
  }

  private InvalidRequestException promptMissing() {
    return new InvalidRequestException(
        picture.name() + " does not tell its prompt; say one with --prompt");
  }

  private Recipe recipe() {
    return picture.recipe();
  }
}
