package io.darkroom.request;

import com.google.gson.JsonPrimitive;
import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;

/**
 * What shapes a picture beside its texts and its seed: for each {@link Setting} that counts a
 * value. Pictures of equal settings can be denoised in one forward pass.
 */
public final class PictureSettings {
  private final Choices choices;

  /**
   * Takes complete choices.
   *
   * @param choices with width, height, steps, sampler, guidance scale and eta; what else is missing
   *     has its usual value
   * @throws InvalidRequestException if the sampler cannot follow the schedule
   */
  public PictureSettings(Choices choices) {
    this.choices = choices.orElse(Choices.NONE).normal();
    try {
      sampler().requireSchedule(schedule());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /**
   * Settings with nothing out of the ordinary.
   *
   * @param width pixels
   * @param height pixels
   * @param steps how many denoising steps to take
   * @param guidanceScale the weight of classifier-free guidance
   * @param sampler the sampler
   * @param eta how much noise DDIM adds at each step
   * @return the settings
   */
  public static PictureSettings of(
      int width, int height, int steps, double guidanceScale, SamplerKind sampler, double eta) {
    return new PictureSettings(
        Choices.NONE
            .with(Setting.WIDTH, width)
            .with(Setting.HEIGHT, height)
            .with(Setting.STEPS, steps)
            .with(Setting.SAMPLER, SamplerChoice.of(sampler))
            .with(Setting.GUIDANCE_SCALE, guidanceScale)
            .with(Setting.ETA, eta));
  }

  /**
   * The value of a setting.
   *
   * @param <T> its type
   * @param setting the setting
   * @return the value; nothing where neither a person nor the model chose one and there is no usual
   *     one
   */
  public <T> Optional<T> get(Setting<T> setting) {
    return choices.get(setting).or(setting::unlessGiven);
  }

  /**
   * The value of a setting as JSON has it.
   *
   * @param <T> its type
   * @param setting the setting
   * @return a text, a number, or true or false; nothing where there is no value
   */
  public <T> Optional<JsonPrimitive> written(Setting<T> setting) {
    return get(setting).map(setting::write);
  }

  private <T> T value(Setting<T> setting) {
    return get(setting)
        .orElseThrow(() -> new IllegalStateException("nobody chose " + setting.key()));
  }

  /**
   * The same with another value.
   *
   * @param <T> the type of the setting's values
   * @param setting the setting
   * @param value its value
   * @return the settings
   */
  public <T> PictureSettings with(Setting<T> setting, T value) {
    return new PictureSettings(choices.with(setting, value));
  }

  /**
   * The same with nothing chosen of a setting.
   *
   * @param setting one that may be missing
   * @return the settings
   */
  public PictureSettings without(Setting<?> setting) {
    return new PictureSettings(choices.without(setting));
  }

  /**
   * The values that were chosen.
   *
   * @return those that do not go without saying
   */
  public Choices choices() {
    return choices;
  }

  /**
   * The picture's width.
   *
   * @return pixels
   */
  public int width() {
    return value(Setting.WIDTH);
  }

  /**
   * The picture's height.
   *
   * @return pixels
   */
  public int height() {
    return value(Setting.HEIGHT);
  }

  /**
   * The size of the finished picture, which a high-resolution pass makes larger.
   *
   * @param multiple what sides must be multiples of
   * @return the size in pixels
   */
  public PictureSize resultSize(int multiple) {
    PictureSize first = new PictureSize(width(), height());
    return get(Setting.HIRES).map(hires -> hires.after(first, multiple)).orElse(first);
  }

  /**
   * How many denoising steps to take.
   *
   * @return 1 or more
   */
  public int steps() {
    return value(Setting.STEPS);
  }

  /**
   * The sampler.
   *
   * @return its kind
   */
  public SamplerKind sampler() {
    return value(Setting.SAMPLER).kind();
  }

  /**
   * How the sampler spreads its noise levels.
   *
   * @return the schedule; {@link Schedule#MODEL} for the model's own way
   */
  public Schedule schedule() {
    return value(Setting.SCHEDULE);
  }

  /**
   * How much noise DDIM adds at each step.
   *
   * @return 0, deterministic, to 1, DDPM-like
   */
  public double eta() {
    return value(Setting.ETA);
  }

  /**
   * How strictly the prompt is followed.
   *
   * @return scale, rescaling and interval
   */
  public GuidanceSettings guidance() {
    return new GuidanceSettings(
        value(Setting.GUIDANCE_SCALE),
        value(Setting.GUIDANCE_RESCALE),
        value(Setting.GUIDANCE_INTERVAL),
        value(Setting.IMAGE_GUIDANCE_SCALE));
  }

  /**
   * Which layer of the text encoder counts.
   *
   * @return from the end: 1 the last; 0 for the model's own choice
   */
  public int clipSkip() {
    return value(Setting.CLIP_SKIP);
  }

  /**
   * How many evaluations of the U-Net share what one of them finds in its deep layers.
   *
   * @return 1 for none that reuses
   */
  public int deepCache() {
    return value(Setting.DEEP_CACHE);
  }

  /**
   * What the U-Net is taken to predict.
   *
   * @return {@link Prediction#MODEL} for what the model tells
   */
  public Prediction prediction() {
    return value(Setting.PREDICTION);
  }

  /**
   * At which borders the picture goes on at the opposite one.
   *
   * @return {@link Seamless#NONE} for none
   */
  public Seamless seamless() {
    return value(Setting.SEAMLESS);
  }

  /**
   * Tells whether the U-Net sees the picture in windows of the model's own size.
   *
   * @return whether it does
   */
  public boolean tiled() {
    return value(Setting.TILED);
  }

  /**
   * The settings that pictures of a batch must share.
   *
   * @return these without what each picture may have for itself
   */
  PictureSettings ofBatch() {
    return new PictureSettings(choices.without(Setting.VARIATION));
  }

  /**
   * Tells whether a setting goes without saying: it has its usual value, or it has none, or it does
   * not count beside the others.
   *
   * @param setting the setting
   * @return whether it is neither written down nor hashed
   */
  public boolean goesWithoutSaying(Setting<?> setting) {
    if (setting.equals(Setting.GUIDANCE_INTERVAL)) {
      return !guidance().isLimited();
    }
    return get(setting).equals(setting.unlessGiven());
  }

  /**
   * A picture with these settings whose text has weights.
   *
   * @param prompt what to show
   * @param seed of the picture's noise
   * @return the request
   */
  public ImageRequest request(String prompt, long seed) {
    return new ImageRequest(prompt, Optional.empty(), PromptSyntax.WEIGHTED, seed, this);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PictureSettings settings && settings.choices.equals(choices);
  }

  @Override
  public int hashCode() {
    return choices.hashCode();
  }

  @Override
  public String toString() {
    return choices.toString();
  }
}
