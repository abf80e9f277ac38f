package io.darkroom.recipe;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How AUTOMATIC1111's web UI tells of the high-resolution pass: {@code Hires upscale: 2} or {@code
 * Hires resize: 1024x1536}, {@code Hires steps: 20}, {@code Hires upscaler: Latent}, {@code
 * Denoising strength: 0.5}.
 *
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/processing.py">the
 *     reference, {@code calculate_target_resolution}</a>
 */
public final class HiresTexts {
  private static final String UPSCALE = "Hires upscale";
  private static final String RESIZE = "Hires resize";
  private static final String STEPS = "Hires steps";
  private static final String UPSCALER = "Hires upscaler";
  private static final String DENOISING = "Denoising strength";

  /** Darkroom's own: the web UI has no high-resolution pass of a picture. */
  private static final String STRENGTH = "Hires strength";

  private static final Pattern SIZE = Pattern.compile("(\\d{1,6})x(\\d{1,6})");
  private static final String LATENT = "latent";
  private static final String LANCZOS = "lanczos";

  /** The web UI takes sides of latents, whole ones. */
  private static final int MULTIPLE = 8;

  private HiresTexts() {}

  /**
   * Adds the pass to a line of settings.
   *
   * @param hires a factor, or {@code WxH}
   * @param strength how much is painted anew
   * @param upscaler {@code latent}, {@code lanczos}, or a file
   * @param named name to value; if it has a strength, that is the first pass's
   */
  public static void add(
      String hires, String strength, String upscaler, Map<String, String> named) {
    named.put(SIZE.matcher(hires).matches() ? RESIZE : UPSCALE, hires);
    named.put(
        UPSCALER,
        switch (upscaler) {
          case LATENT -> "Latent";
          case LANCZOS -> "Lanczos";
          default -> stem(upscaler);
        });
    named.put(named.containsKey(DENOISING) ? STRENGTH : DENOISING, strength);
  }

  /** The web UI names a network by its file's name. */
  private static String stem(String file) {
    String name = file.substring(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
    return name.replaceFirst("(?i)\\.(pth|pt|safetensors|ckpt|bin)$", "");
  }

  /**
   * Reads the pass.
   *
   * @param settings name to value; what is read is removed
   * @param recipe where it is added
   */
  static void take(Map<String, String> settings, Recipe.Builder recipe) {
    Map<String, String> known = new LinkedHashMap<>(settings);
    Matcher size = SIZE.matcher(known.getOrDefault(RESIZE, ""));
    boolean isSize = size.matches() && side(size.group(1)) > 0 && side(size.group(2)) > 0;
    boolean isRead =
        isSize
            ? recipe.offerText(Detail.HIRES, side(size.group(1)) + "x" + side(size.group(2)))
            : known.containsKey(UPSCALE) && recipe.offerText(Detail.HIRES, known.get(UPSCALE));
    if (!isRead) {
      return;
    }
    settings.remove(isSize ? RESIZE : UPSCALE);
    if (recipe.offerText(Detail.HIRES_STEPS, known.getOrDefault(STEPS, ""))) {
      settings.remove(STEPS);
    }
    String strength = known.containsKey(STRENGTH) ? STRENGTH : DENOISING;
    if (recipe.offerText(Detail.HIRES_STRENGTH, known.getOrDefault(strength, ""))) {
      settings.remove(strength);
    }
    if (known.containsKey(UPSCALER)) {
      takeUpscaler(known.get(UPSCALER), settings, recipe);
    }
  }

  private static int side(String pixels) {
    return Integer.parseInt(pixels) / MULTIPLE * MULTIPLE;
  }

  /** Another interpolation of the latents is nearest to ours; so is, of a network, Lanczos'. */
  private static void takeUpscaler(
      String upscaler, Map<String, String> settings, Recipe.Builder recipe) {
    String name = upscaler.strip().toLowerCase(Locale.ROOT);
    String nearest = name.startsWith(LATENT) ? LATENT : LANCZOS;
    recipe.with(Detail.HIRES_UPSCALER, nearest);
    settings.remove(UPSCALER);
    if (!name.equals(nearest)) {
      recipe.leftOut("the upscaler " + upscaler.strip() + " (" + nearest + " is nearest)");
    }
  }
}
