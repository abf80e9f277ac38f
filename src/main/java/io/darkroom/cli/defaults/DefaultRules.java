package io.darkroom.cli.defaults;

import io.darkroom.cli.option.HelpOption;
import io.darkroom.request.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Where a default does not count, so that it never contradicts what the user says.
 *
 * @param environment the process's variables
 */
record DefaultRules(Map<String, String> environment) {
  private static final String AGAIN = "again";
  private static final String UPSCALE = "upscale";

  /** What shapes a painted picture, beside the settings. */
  private static final Set<String> OF_PAINTING = Set.of("--prompt", "--seed");

  private static final String MODEL_VARIABLE = "DARKROOM_MODEL";

  /** What a picture's file tells, beside the settings: {@code again} takes it from there. */
  private static final Set<String> RECORDED =
      Set.of(
          "--prompt",
          "--model",
          "--config",
          "--vae",
          "--text-encoder",
          "--refiner",
          "--embedding",
          "--lora",
          "--seed",
          "--images",
          "--size",
          "--dtype");

  /** An option, and those on the command line beside which its default does not count. */
  private static final Map<String, List<String>> YIELDS =
      Map.ofEntries(
          Map.entry("--quiet", List.of("--verbose")),
          Map.entry("--verbose", List.of("--quiet")),
          Map.entry("--size", List.of("--width", "--height")),
          Map.entry("--width", List.of("--size")),
          Map.entry("--height", List.of("--size")),
          Map.entry("--schedule", List.of("--sampler")),
          Map.entry("--model", List.of("--arch")),
          Map.entry("--config", List.of("--arch")),
          Map.entry("--vae", List.of("--arch")),
          Map.entry("--text-encoder", List.of("--arch")),
          Map.entry("--refiner", List.of("--arch")),
          Map.entry("--embedding", List.of("--arch")),
          Map.entry(
              "--arch",
              List.of(
                  "--model", "--config", "--vae", "--text-encoder", "--refiner", "--embedding")));

  /** An option, and another one without which it means nothing. */
  private static final Map<String, String> NEEDS =
      Map.of(
          "--preview-vae", "--preview", "--lora-rank", "--loras", "--refiner-start", "--refiner");

  /** Settings that mean nothing without a mask. */
  private static final Set<Setting<?>> OF_MASK =
      Set.of(Setting.MASK_BLUR, Setting.INVERT_MASK, Setting.SOFT_MASK, Setting.PASTE_BACK);

  /**
   * Tells whether a default for all commands is one for this command, too. What a person wants of
   * pictures that are painted is nothing that an upscaler should be told.
   */
  boolean isShared(String command, OptionSpec option) {
    return !command.equals(UPSCALE)
        || (!OF_PAINTING.contains(option.longestName()) && setting(option).findAny().isEmpty());
  }

  /** Tells whether a command takes an option from a picture's file, so that no default counts. */
  boolean isFixed(String command, OptionSpec option) {
    return command.equals(AGAIN)
        && (RECORDED.contains(option.longestName()) || setting(option).findAny().isPresent());
  }

  /**
   * Tells whether an option's default counts.
   *
   * @param option the option, which is not on the command line
   * @param isSet tells of another option of the command whether it has a value
   * @return whether the default is used
   */
  boolean count(OptionSpec option, Predicate<String> isSet) {
    CommandSpec command = option.command();
    String name = option.longestName();
    if (isHelpAsked(command)) {
      return false;
    }
    if (name.equals("--model") && !environment.getOrDefault(MODEL_VARIABLE, "").isEmpty()) {
      return false;
    }
    if (YIELDS.getOrDefault(name, List.of()).stream().anyMatch(other -> isSaid(command, other))) {
      return false;
    }
    if (name.equals("--json") && said(command, "--output").contains("-")) {
      return false;
    }
    return needs(option).stream().allMatch(isSet);
  }

  private static List<String> needs(OptionSpec option) {
    List<String> needs = new ArrayList<>();
    if (NEEDS.containsKey(option.longestName())) {
      needs.add(NEEDS.get(option.longestName()));
    }
    setting(option)
        .forEach(
            setting -> {
              if (setting.group() == Setting.Group.START && !setting.equals(Setting.INIT_IMAGE)) {
                needs.add("--init-image");
              }
              setting.needs().ifPresent(other -> needs.add(other.names().get(0)));
              if (OF_MASK.contains(setting)) {
                needs.add("--mask");
              }
            });
    return needs;
  }

  private static Stream<Setting<?>> setting(OptionSpec option) {
    return Setting.ALL.stream().filter(setting -> setting.names().contains(option.longestName()));
  }

  private static boolean isHelpAsked(CommandSpec command) {
    return command.options().stream().anyMatch(option -> isHelp(option) && isSaid(option));
  }

  /** Tells whether an option asks for help or for the version. */
  static boolean isHelp(OptionSpec option) {
    return option.usageHelp()
        || option.versionHelp()
        || option.longestName().equals(HelpOption.ALL);
  }

  private static boolean isSaid(CommandSpec command, String name) {
    return !said(command, name).isEmpty();
  }

  private static List<String> said(CommandSpec command, String name) {
    OptionSpec option = command.findOption(name);
    return option == null ? List.of() : option.originalStringValues();
  }

  /** Tells whether an option is on the command line. */
  static boolean isSaid(OptionSpec option) {
    return !option.originalStringValues().isEmpty();
  }
}
