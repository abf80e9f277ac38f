package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/**
 * Further options of AUTOMATIC1111's script "Prompts from file or textbox", by the table {@code
 * prompt_tags} of its {@code scripts/prompts_from_file.py}. They are taken where they ask for
 * nothing, as they do in lines that tools write out in full; what Darkroom does not do is refused.
 */
final class WebUiOptions {
  private static final String ON = "true";

  @Option(names = "--restore_faces", arity = "0..1", fallbackValue = ON)
  private Optional<String> restoreFaces = Optional.empty();

  @Option(names = "--tiling", arity = "0..1", fallbackValue = ON)
  private Optional<String> tiling = Optional.empty();

  @Option(names = "--do_not_save_samples", arity = "0..1", fallbackValue = ON)
  private Optional<String> doNotSaveSamples = Optional.empty();

  /** There are no grids: whichever way it is said, it asks for nothing. */
  @Option(names = "--do_not_save_grid", arity = "0..1", fallbackValue = ON)
  private Optional<String> doNotSaveGrid = Optional.empty();

  @SuppressWarnings("unused") // read and passed over
  @Option(names = "--outpath_grids", arity = "0..*")
  private List<String> gridFolder;

  /** Shown by the web UI in place of the prompt. */
  @SuppressWarnings("unused") // read and passed over
  @Option(names = "--prompt_for_display", arity = "0..*")
  private List<String> promptForDisplay;

  @SuppressWarnings("unused") // read and passed over
  @Option(names = "--subseed")
  private Optional<BigDecimal> variationSeed = Optional.empty();

  @Option(names = "--subseed_strength")
  private Optional<BigDecimal> variationStrength = Optional.empty();

  @Option(names = "--seed_resize_from_h")
  private Optional<BigDecimal> seedHeight = Optional.empty();

  @Option(names = "--seed_resize_from_w")
  private Optional<BigDecimal> seedWidth = Optional.empty();

  @Option(names = "--styles", arity = "0..*")
  private List<String> styles;

  @Option(names = "--sd_model", arity = "0..*")
  private List<String> model;

  @Option(names = "--outpath_samples", arity = "0..*")
  private List<String> folder;

  @Option(names = "--sampler_index")
  private Optional<String> samplerIndex = Optional.empty();

  /**
   * Refuses what asks for something.
   *
   * @throws InvalidRequestException if an option does
   */
  void check() {
    refuseIfOn("--restore_faces", restoreFaces, "Darkroom does not restore faces");
    refuseIfOn("--tiling", tiling, "Darkroom does not make tiles");
    refuseIfOn("--do_not_save_samples", doNotSaveSamples, "a batch always saves its pictures");
    requireSwitch("--do_not_save_grid", doNotSaveGrid);
    refuseIfPositive("--subseed_strength", variationStrength, "Darkroom has no variation seeds");
    refuseIfPositive("--seed_resize_from_h", seedHeight, "Darkroom does not resize seeds");
    refuseIfPositive("--seed_resize_from_w", seedWidth, "Darkroom does not resize seeds");
    refuseIfThere("--styles", styles, "write the style's words into the prompt");
    refuseIfThere("--sd_model", model, "a batch has one model; choose it with --model");
    refuseIfThere("--outpath_samples", folder, "name the file with --output");
    if (samplerIndex.isPresent()) {
      throw refused("--sampler_index", "name the sampler with --sampler_name");
    }
  }

  private static void requireSwitch(String option, Optional<String> value) {
    if (value.isPresent() && !value.get().matches("(?i)true|false")) {
      throw new InvalidRequestException(
          "%s must be true or false, not '%s'".formatted(option, value.get()));
    }
  }

  private static void refuseIfOn(String option, Optional<String> value, String why) {
    requireSwitch(option, value);
    if (value.filter(word -> word.equalsIgnoreCase(ON)).isPresent()) {
      throw refused(option, why);
    }
  }

  private static void refuseIfPositive(String option, Optional<BigDecimal> value, String why) {
    if (value.filter(number -> number.signum() > 0).isPresent()) {
      throw refused(option, why);
    }
  }

  private static void refuseIfThere(String option, List<String> words, String why) {
    if (words != null && !String.join("", words).isBlank()) {
      throw refused(option, why);
    }
  }

  private static InvalidRequestException refused(String option, String why) {
    return new InvalidRequestException(option + " is not supported: " + why);
  }
}
