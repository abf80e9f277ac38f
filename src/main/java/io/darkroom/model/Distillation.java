package io.darkroom.model;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.OneLine;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model that was distilled to paint in a few steps and without guidance: SD-Turbo and SDXL-Turbo
 * (Sauer et al., arXiv 2311.17042), SDXL-Lightning (Lin et al., arXiv 2402.13929), latent
 * consistency (Luo et al., arXiv 2310.04378), Hyper-SD (Ren et al., arXiv 2404.13686), DMD2 (Yin et
 * al., arXiv 2405.14867), TCD (Zheng et al., arXiv 2402.19159). Nothing in their weights shows it.
 * A directory shows it by its scheduler: LCM's, or Euler's, its timesteps trailing, for a model
 * that predicts the noise; no other model is published so. A single file shows it by its name
 * alone.
 *
 * @param steps how many to take
 * @param prediction {@code prediction_type} as diffusers' schedulers have it
 * @param small whether it was made for pictures of 512x512, whatever its family's size
 * @param scheduler diffusers' class that steps as its makers do, or nearest to it
 */
record Distillation(int steps, String prediction, boolean small, String scheduler) {
  private static final int USUAL_STEPS = 4;
  private static final String NOISE = "epsilon";
  private static final int SMALL_SIDE = 512;
  private static final String EULER = "EulerDiscreteScheduler";
  private static final String LCM = "LCMScheduler";

  /**
   * Those that Euler's method suits; Hyper-SD's and TCD's own methods are the same where they add
   * no noise. (Not hyperrealism, which many names promise.)
   */
  private static final Pattern NAMED =
      Pattern.compile("turbo|lightning|(?<![a-z])(hyper([-_ ]?sd(xl)?[0-9]*)?|tcd)(?![a-z])");

  /** Those that guess the clean image and add noise anew; DMD2's makers use LCM's scheduler. */
  private static final Pattern NAMED_LCM = Pattern.compile("(?<![a-z])(lcm|dmd2?)(?![a-z0-9])");

  /** How SD-Turbo and SDXL-Turbo are called; others' models of that name are made for 1024x1024. */
  private static final Pattern SMALL = Pattern.compile("^sd(_?xl)?[-_]turbo");

  /** SDXL-Lightning's model of one step predicts the clean latents. */
  private static final Pattern CLEAN = Pattern.compile("[-_]x0(?![a-z0-9])");

  private static final Pattern STEPS = Pattern.compile("(?<!\\d)(\\d{1,2})[-_ ]?steps?(?![a-z])");
  private static final Set<String> SCHEDULERS = Set.of(EULER, "EulerAncestralDiscreteScheduler");

  /**
   * Looks at a scheduler's settings.
   *
   * @param scheduler of a directory
   * @return what they show
   */
  static Optional<Distillation> byScheduler(JsonConfig scheduler) {
    String name = scheduler.text("_class_name", "");
    if (name.equals(LCM)) {
      return Optional.of(new Distillation(USUAL_STEPS, NOISE, false, LCM));
    }
    boolean distilled =
        SCHEDULERS.contains(name)
            && scheduler.text("timestep_spacing", "").equals("trailing")
            && scheduler.text("prediction_type", NOISE).equals(NOISE)
            && !scheduler.flag("rescale_betas_zero_snr", false);
    return distilled
        ? Optional.of(new Distillation(USUAL_STEPS, NOISE, false, EULER))
        : Optional.empty();
  }

  /**
   * Looks at a file's name.
   *
   * @param name such as {@code sdxl_lightning_4step.safetensors}
   * @return what it shows
   */
  static Optional<Distillation> byName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    boolean lcm = NAMED_LCM.matcher(lower).find();
    if (!lcm && !NAMED.matcher(lower).find()) {
      return Optional.empty();
    }
    Matcher told = STEPS.matcher(lower);
    int steps = told.find() ? Integer.parseInt(told.group(1)) : USUAL_STEPS;
    return Optional.of(
        new Distillation(
            Math.max(1, steps),
            CLEAN.matcher(lower).find() ? "sample" : NOISE,
            SMALL.matcher(lower).find(),
            lcm ? LCM : EULER));
  }

  /**
   * The scheduler that such a model is published with.
   *
   * @param usual the settings of its family's usual model
   * @return the same noise, walked through by its method with trailing timesteps
   */
  JsonConfig scheduler(JsonConfig usual) {
    JsonObject settings = usual.json();
    settings.addProperty("_class_name", scheduler);
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
        + " has the name of a model distilled to "
        + steps
        + (steps == 1 ? " step" : " steps")
        + " without guidance, and is used so; --steps and --guidance-scale override this";
  }
}
