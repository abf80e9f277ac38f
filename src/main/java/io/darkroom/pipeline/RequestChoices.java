package io.darkroom.pipeline;

import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;

/**
 * What somebody chose of a picture beside prompt and seed; the rest is left to someone else, in the
 * end to the model.
 *
 * @param negativePrompt what to steer away from
 * @param steps denoising steps
 * @param guidanceScale classifier-free guidance
 * @param sampler the sampler's name
 * @param eta DDIM's noise
 * @param width pixels
 * @param height pixels
 * @param schedule the schedule's name
 * @param guidanceRescale how far guidance's spread is brought back
 * @param guidanceInterval at which noise levels guidance works
 * @param clipSkip the text encoder's layer that counts, from the end
 * @param promptSyntax how the texts are read
 * @param deepCache how many evaluations share what one finds in the U-Net's deep layers
 * @param prediction what the U-Net is taken to predict
 */
public record RequestChoices(
    Optional<String> negativePrompt,
    Optional<Integer> steps,
    Optional<Double> guidanceScale,
    Optional<String> sampler,
    Optional<Double> eta,
    Optional<Integer> width,
    Optional<Integer> height,
    Optional<String> schedule,
    Optional<Double> guidanceRescale,
    Optional<GuidanceInterval> guidanceInterval,
    Optional<Integer> clipSkip,
    Optional<PromptSyntax> promptSyntax,
    Optional<Integer> deepCache,
    Optional<Prediction> prediction) {
  /** Nothing chosen. */
  public static final RequestChoices NONE =
      new RequestChoices(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /**
   * Choices of what every text-to-image program has.
   *
   * @see RequestChoices for the parameters
   */
  public RequestChoices(
      Optional<String> negativePrompt,
      Optional<Integer> steps,
      Optional<Double> guidanceScale,
      Optional<String> sampler,
      Optional<Double> eta,
      Optional<Integer> width,
      Optional<Integer> height) {
    this(
        negativePrompt,
        steps,
        guidanceScale,
        sampler,
        eta,
        width,
        height,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Lets others choose what is not chosen here. A sampler's name that tells a schedule chooses
   * both.
   *
   * @param others whose choices count less
   * @return these choices and, where there is none, the others'
   */
  public RequestChoices orElse(RequestChoices others) {
    return new RequestChoices(
        negativePrompt.or(() -> others.negativePrompt),
        steps.or(() -> others.steps),
        guidanceScale.or(() -> others.guidanceScale),
        sampler.or(() -> others.sampler),
        eta.or(() -> others.eta),
        width.or(() -> others.width),
        height.or(() -> others.height),
        schedule.or(this::samplersSchedule).or(() -> others.schedule),
        guidanceRescale.or(() -> others.guidanceRescale),
        guidanceInterval.or(() -> others.guidanceInterval),
        clipSkip.or(() -> others.clipSkip),
        promptSyntax.or(() -> others.promptSyntax),
        deepCache.or(() -> others.deepCache),
        prediction.or(() -> others.prediction));
  }

  /**
   * Checks what can be known without a model.
   *
   * @throws InvalidRequestException if a value makes no sense for any model
   */
  public void check() {
    request("", 0, DefaultSettings.ofAnyModel());
    if (clipSkip.isPresent() && clipSkip.get() == 0) {
      throw new InvalidRequestException("clip skip must be 1 or more, not 0");
    }
    // The names are known by now.
    Optional<Schedule> spread = schedule.or(this::samplersSchedule).map(Schedule::named);
    Optional<SamplerKind> kind = sampler.map(name -> SamplerChoice.named(name).kind());
    if (spread.isPresent() && kind.isPresent()) {
      try {
        kind.get().requireSchedule(spread.get());
      } catch (IllegalArgumentException e) {
        throw new InvalidRequestException(e.getMessage());
      }
    }
  }

  /**
   * The request for one picture, with sampler and schedule under their names on the command line.
   *
   * @param prompt what to show
   * @param seed the picture's own seed
   * @param defaults the model's choice where there is none here
   * @return the request
   * @throws InvalidRequestException if a value makes no sense
   */
  public ImageRequest request(String prompt, long seed, PictureSettings defaults) {
    return new ImageRequest(
        prompt,
        negativePrompt,
        promptSyntax.orElse(PromptSyntax.WEIGHTED),
        seed,
        settings(defaults));
  }

  private PictureSettings settings(PictureSettings defaults) {
    SamplerChoice choice;
    Schedule spread;
    try {
      choice = SamplerChoice.named(sampler.orElse(defaults.sampler()));
      Schedule own = sampler.isPresent() ? Schedule.MODEL : Schedule.named(defaults.schedule());
      spread = schedule.map(Schedule::named).or(choice::schedule).orElse(own);
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
    return new PictureSettings(
        width.orElse(defaults.width()),
        height.orElse(defaults.height()),
        steps.orElse(defaults.steps()),
        choice.kind().optionName(),
        spread.optionName(),
        eta.orElse(defaults.eta()),
        guidance(defaults.guidance()),
        clipSkip.orElse(defaults.clipSkip()),
        deepCache.orElse(defaults.deepCache()),
        prediction.orElse(defaults.prediction()));
  }

  private GuidanceSettings guidance(GuidanceSettings defaults) {
    return new GuidanceSettings(
        guidanceScale.orElse(defaults.scale()),
        guidanceRescale.orElse(defaults.rescale()),
        guidanceInterval.orElse(defaults.interval()));
  }

  private Optional<String> samplersSchedule() {
    return sampler
        .flatMap(SamplerChoice::find)
        .flatMap(SamplerChoice::schedule)
        .map(Schedule::optionName);
  }
}
