package io.darkroom.request;

import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What somebody chose of a picture; the rest is left to someone else, in the end to the model. */
public final class Choices {
  /** Nothing chosen. */
  public static final Choices NONE = new Choices(Map.of());

  /** A setting's value has the setting's type: {@link #with} sees to it. */
  private final Map<Setting<?>, Object> values;

  private Choices(Map<Setting<?>, Object> values) {
    this.values = values;
  }

  /**
   * What was chosen of a setting.
   *
   * @param <T> the type of its values
   * @param setting the setting
   * @return the value, if one was chosen
   */
  @SuppressWarnings("unchecked")
  public <T> Optional<T> get(Setting<T> setting) {
    return Optional.ofNullable((T) values.get(setting));
  }

  /**
   * Chooses.
   *
   * @param <T> the type of its values
   * @param setting the setting
   * @param value what is chosen
   * @return these choices and that one
   * @throws InvalidRequestException if the value is out of bounds
   */
  public <T> Choices with(Setting<T> setting, T value) {
    Map<Setting<?>, Object> more = new LinkedHashMap<>(values);
    more.put(setting, setting.check(value));
    return new Choices(more);
  }

  /**
   * Chooses by a text.
   *
   * @param <T> the type of its values
   * @param setting the setting
   * @param text the value as a person wrote it
   * @return these choices and that one
   * @throws InvalidRequestException if the text makes no sense
   */
  public <T> Choices withText(Setting<T> setting, String text) {
    return with(setting, setting.parse(text));
  }

  /**
   * Takes a choice back.
   *
   * @param setting the setting
   * @return these choices without it
   */
  public Choices without(Setting<?> setting) {
    Map<Setting<?>, Object> less = new LinkedHashMap<>(values);
    less.remove(setting);
    return new Choices(less);
  }

  /**
   * Lets others choose what is not chosen here. A sampler whose name tells a schedule chooses both.
   *
   * @param others whose choices count less
   * @return these choices and, where there is none, the others'
   */
  public Choices orElse(Choices others) {
    Map<Setting<?>, Object> all = new LinkedHashMap<>(others.values);
    all.putAll(values);
    Choices joined = new Choices(all);
    Optional<Choices> both =
        get(Setting.SCHEDULE).isPresent()
            ? Optional.empty()
            : get(Setting.SAMPLER)
                .flatMap(choice -> choice.schedule())
                .map(schedule -> joined.with(Setting.SCHEDULE, schedule));
    return both.orElse(joined);
  }

  /**
   * Checks what can be known without a model.
   *
   * @throws InvalidRequestException if the sampler cannot follow the schedule
   */
  public void check() {
    Optional<Schedule> schedule = orElse(NONE).get(Setting.SCHEDULE);
    if (schedule.isPresent() && get(Setting.SAMPLER).isPresent()) {
      try {
        get(Setting.SAMPLER).get().kind().requireSchedule(schedule.get());
      } catch (IllegalArgumentException e) {
        throw new InvalidRequestException(e.getMessage());
      }
    }
  }

  /**
   * The request for one picture.
   *
   * @param prompt what to show
   * @param seed the picture's own seed
   * @param defaults the model's choice where there is none here
   * @param start what the latents begin with
   * @return the request
   * @throws InvalidRequestException if a value makes no sense
   */
  public ImageRequest request(String prompt, long seed, PictureSettings defaults, Start start) {
    return new ImageRequest(
        prompt,
        get(Setting.NEGATIVE_PROMPT),
        get(Setting.PROMPT_SYNTAX).orElse(PromptSyntax.WEIGHTED),
        seed,
        settings(defaults),
        start);
  }

  /**
   * What shapes the picture beside its texts.
   *
   * @param defaults the model's choice where there is none here
   * @return the settings
   * @throws InvalidRequestException if the sampler cannot follow the schedule
   */
  public PictureSettings settings(PictureSettings defaults) {
    // Who chooses a sampler does not want another one's schedule.
    Choices models =
        get(Setting.SAMPLER).isPresent()
            ? defaults.choices().without(Setting.SCHEDULE)
            : defaults.choices();
    return new PictureSettings(
        orElse(models).without(Setting.NEGATIVE_PROMPT).without(Setting.PROMPT_SYNTAX));
  }

  /** The same without what has its usual value, and each sampler by itself. */
  Choices normal() {
    Map<Setting<?>, Object> told = new LinkedHashMap<>();
    values.forEach(
        (setting, value) -> {
          if (!setting.unlessGiven().equals(Optional.of(value))) {
            told.put(
                setting,
                value instanceof SamplerChoice choice ? SamplerChoice.of(choice.kind()) : value);
          }
        });
    return new Choices(told);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Choices choices && choices.values.equals(values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
