package io.darkroom.recipe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What other tools do to a picture and Darkroom cannot, told by the names that they give their
 * settings: AUTOMATIC1111's and its extensions' in words, ComfyUI's and the others' in one word.
 */
enum LeftOut {
  /** Noise mixed of two seeds. */
  VARIATION_SEED("the variation seed", "variation ?seed.*|subseed.*|seed resize from.*"),
  /** A second, larger pass. */
  HIGH_RESOLUTION(
      "the high-resolution pass",
      "hires .*|hrf_.*|hr_.*|refinerupscale.*|latent_upscaler_steps|first pass size"),
  /** A second model for the last steps. */
  REFINER("the refiner", "refiner(?!upscale).*"),
  /** Faces and hands painted anew. */
  DETAILER("ADetailer", "adetailer.*"),
  /** A picture's outlines, depth and the like. */
  CONTROL("ControlNet", "controlnet.*|use_controlnet_model|t2iadapters|control_filter_to_apply"),
  /** A picture in place of words. */
  IMAGE_PROMPT(
      "the image prompt", "ipadapters?|reference_(image|strength)s?_multiple|prompt ?images"),
  /** Edges that fit together. */
  TILING("tiling", "tiling|seamless_?[xy]|seamlesstileable"),
  /** A picture that is painted over. */
  IMAGE(
      "the source image, or the second pass",
      "denoising strength|strength|denoise|prompt_strength|init_?image.*|initimage.*|mask.*"
          + "|inpaint.*|start_at_step",
      "1"),
  /** What is done to the finished picture. */
  FACES("face restoration", "face restoration.*|use_face_correction"),
  /** Likewise. */
  UPSCALING("upscaling", "use_upscale|upscale_amount|postprocess upscale.*|upscaler"),
  /** A forerunner of LoRA. */
  HYPERNETWORK("the hypernetwork", "hypernet.*|use_hypernetwork_model"),
  /** Other weights for the U-Net's two halves. */
  FREE_U("FreeU", "freeu.*"),
  /** Guidance held in bounds. */
  THRESHOLDING("dynamic thresholding", "dynamic ?thres.*enabled|dynamic_thresholding|dynthres.*"),
  /** Guidance of other kinds. */
  GUIDANCE(
      "another kind of guidance",
      "pag.*|sag.*|perturbed.*|self.?attention.*|sharpness|adm_guidance|adaptive_?cfg"
          + "|skip_cfg_above_sigma|skip early cfg|ngms.*|uncond_scale|smea|sm|sm_dyn",
      "1"),
  /** Less work for the attention. */
  TOKEN_MERGING("token merging", "token merging ratio.*|tome.*"),
  /** Numbers of samplers that Darkroom has no options for. */
  SAMPLER(
      "settings of the sampler",
      "eta|eta noise seed delta|ensd|sigma (churn|tmin|tmax|noise)|schedule (max|min) sigma"
          + "|schedule rho|discard penultimate sigma|sgm noise multiplier|add_noise"
          + "|return_with_leftover_noise",
      "enable"),
  /** Prompts for parts of the picture. */
  REGIONS("regional prompts", "rp .*|regional prompter.*|latent couple.*"),
  /** Another reading of brackets. */
  EMPHASIS("the way of emphasis", "emphasis", "original");

  /** What tools write where nothing is asked for. */
  private static final Set<String> NOTHING =
      Set.of("", "none", "null", "false", "0", "[]", "{}", "off", "disabled");

  private static final int LONGEST = 40;

  private final String words;
  private final Pattern names;
  private final Set<String> neutral;

  LeftOut(String words, String names, String... neutral) {
    this.words = words;
    this.names = Pattern.compile(names);
    this.neutral = Set.of(neutral);
  }

  /**
   * Finds what is left out.
   *
   * @param settings of a recipe, name to value
   * @return a few words for each kind, with the settings that tell of it
   */
  static List<String> among(Map<String, String> settings) {
    return Arrays.stream(values()).flatMap(kind -> kind.find(settings)).toList();
  }

  private Stream<String> find(Map<String, String> settings) {
    List<String> told = new ArrayList<>();
    settings.forEach(
        (name, value) -> {
          String plain = value.strip().toLowerCase(Locale.ROOT).replaceFirst("\\.0+$", "");
          if (names.matcher(name.toLowerCase(Locale.ROOT)).matches()
              && !NOTHING.contains(plain)
              && !neutral.contains(plain)) {
            told.add(name + ": " + brief(value));
          }
        });
    return told.isEmpty()
        ? Stream.empty()
        : Stream.of(words + " (" + String.join(", ", told) + ")");
  }

  private static String brief(String value) {
    String line = value.strip().replaceAll("\\s+", " ");
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }
}
