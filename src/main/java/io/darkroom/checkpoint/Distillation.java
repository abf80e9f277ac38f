package io.darkroom.checkpoint;

import com.google.gson.JsonObject;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model that was distilled by an adversary to paint in a few steps and without guidance: SD-Turbo
 * and SDXL-Turbo (Sauer et al., arXiv 2311.17042), SDXL-Lightning (Lin et al., arXiv 2402.13929).
 * Nothing in their weights shows it. A directory shows it by its scheduler: Euler's, its timesteps
 * trailing, for a model that predicts the noise; no other model is published so. A single file
 * shows it by its name alone.
 *
 * @param steps how many to take
 * @param prediction {@code prediction_type} as diffusers' schedulers have it
 * @param small whether it was made for pictures of 512x512, whatever its family's size
 */
record Distillation(int steps, String prediction, boolean small) {
  private static final int USUAL_STEPS = 4;
  private static final String NOISE = "epsilon";
  private static final int SMALL_SIDE = 512;
  private static final Pattern NAMED = Pattern.compile("turbo|lightning");

  /** How SD-Turbo and SDXL-Turbo are called; others' models of that name are made for 1024x1024. */
  private static final Pattern SMALL = Pattern.compile("^sd(_?xl)?[-_]turbo");

  /** SDXL-Lightning's model of one step predicts the clean latents. */
  private static final Pattern CLEAN = Pattern.compile("[-_]x0(?![a-z0-9])");

  private static final Pattern STEPS = Pattern.compile("(?<!\\d)(\\d{1,2})[-_ ]?steps?(?![a-z])");
  private static final Set<String> SCHEDULERS =
      Set.of("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler");

  /**
   * Looks at a scheduler's settings.
   *
   * @param scheduler of a directory
   * @return what they show
   */
  static Optional<Distillation> byScheduler(JsonConfig scheduler) {
    boolean distilled =
        SCHEDULERS.contains(scheduler.text("_class_name", ""))
            && scheduler.text("timestep_spacing", "").equals("trailing")
            && scheduler.text("prediction_type", NOISE).equals(NOISE)
            && !scheduler.flag("rescale_betas_zero_snr", false);
    return distilled ? Optional.of(new Distillation(USUAL_STEPS, NOISE, false)) : Optional.empty();
  }

  /**
   * Looks at a file's name.
   *
   * @param name such as {@code sdxl_lightning_4step.safetensors}
   * @return what it shows
   */
  static Optional<Distillation> byName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!NAMED.matcher(lower).find()) {
      return Optional.empty();
    }
    Matcher told = STEPS.matcher(lower);
    int steps = told.find() ? Integer.parseInt(told.group(1)) : USUAL_STEPS;
    return Optional.of(
        new Distillation(
            Math.max(1, steps),
            CLEAN.matcher(lower).find() ? "sample" : NOISE,
            SMALL.matcher(lower).find()));
  }

  /**
   * The scheduler that such a model is published with.
   *
   * @param usual the settings of its family's usual model
   * @return the same noise, walked through by Euler's method with trailing timesteps
   */
  JsonConfig scheduler(JsonConfig usual) {
    JsonObject settings = usual.json();
    settings.addProperty("_class_name", "EulerDiscreteScheduler");
    settings.addProperty("timestep_spacing", "trailing");
    settings.addProperty("prediction_type", prediction);
    return JsonConfig.of(usual.source(), settings);
  }

  /**
   * How it likes to be used.
   *
   * @return {@code steps}, {@code guidance_scale} and perhaps the size, as {@code darkroom.json}
   *     has them
   */
  JsonObject wishes() {
    JsonObject wishes = new JsonObject();
    wishes.addProperty("steps", steps);
    wishes.addProperty("guidance_scale", 1);
    if (small) {
      wishes.addProperty("width", SMALL_SIDE);
      wishes.addProperty("height", SMALL_SIDE);
    }
    return wishes;
  }

  /**
   * What to tell where nothing but a name speaks for it.
   *
   * @param file the file's name
   * @return a line for people
   */
  String notice(String file) {
    return OneLine.of(file)
        + " is taken by its name for a model distilled to "
        + steps
        + (steps == 1 ? " step" : " steps")
        + " without guidance; --steps and --guidance-scale say otherwise";
  }
}
