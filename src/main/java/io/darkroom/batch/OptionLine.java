package io.darkroom.batch;

import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSize;
import io.darkroom.request.SeedNumber;
import io.darkroom.request.Setting;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/**
 * A line of options: in Darkroom's own names, or in those of AUTOMATIC1111's script "Prompts from
 * file or textbox" (its {@code scripts/prompts_from_file.py}), where a text goes on to the next
 * option with or without quotes.
 */
@Command
final class OptionLine {
  @Option(names = "--prompt", arity = "1..*")
  private List<String> prompt;

  @Option(names = {"--seed", "-s"})
  private Optional<BigInteger> seed = Optional.empty();

  @Option(names = "--size")
  private Optional<String> size = Optional.empty();

  @Option(names = {"--images", "-N"})
  private Optional<Integer> images = Optional.empty();

  @Option(names = {"--batch_size"})
  private Optional<Integer> batchSize = Optional.empty();

  @Option(names = {"--n_iter"})
  private Optional<Integer> batches = Optional.empty();

  @Option(
      names = {"--output", "-o"},
      arity = "1..*")
  private List<String> output;

  @Option(names = "--id")
  private Optional<String> id = Optional.empty();

  @ArgGroup(validate = false)
  private final WebUiOptions webUi = new WebUiOptions();

  /** What was said of each setting, as it was said. */
  private final Map<Setting<?>, String> settings = new LinkedHashMap<>();

  private OptionLine() {}

  /** A text goes on to the next option, with or without quotes. */
  private CommandSpec withSettings(CommandSpec spec) {
    for (Setting<?> setting : Setting.ALL) {
      OptionSpec.Builder option =
          OptionSpec.builder(setting.lineNames().toArray(String[]::new)).setter(new Words(setting));
      switch (setting.kind()) {
        case TEXT -> option.arity("1..*").type(List.class).auxiliaryTypes(String.class);
        case FLAG -> option.arity("0").type(boolean.class).negatable(isUsual(setting));
        case WORD, WHOLE, NUMBER -> option.arity("1").type(String.class);
      }
      spec.addOption(option.build());
    }
    return spec;
  }

  /** Takes what is said of a setting; before a line is read an option has no words, or is false. */
  private final class Words implements ISetter {
    private final Setting<?> setting;

    Words(Setting<?> setting) {
      this.setting = setting;
    }

    @Override
    public <T> T set(T value) {
      if (value instanceof List<?> words && !words.isEmpty()) {
        settings.put(
            setting, words.stream().map(Object::toString).collect(Collectors.joining(" ")));
      } else if (value instanceof String text) {
        settings.put(setting, text);
      } else if (value instanceof Boolean flag && flag != isUsual(setting)) {
        settings.put(setting, flag.toString());
      }
      return value;
    }
  }

  private static boolean isUsual(Setting<?> flag) {
    return flag.unlessGiven().map(Boolean.TRUE::equals).orElse(false);
  }

  private Choices choices() {
    Choices choices = Choices.NONE;
    for (Map.Entry<Setting<?>, String> entry : settings.entrySet()) {
      choices = choices.withText(entry.getKey(), entry.getValue());
    }
    if (size.isEmpty()) {
      return choices;
    }
    if (choices.get(Setting.WIDTH).isPresent() || choices.get(Setting.HEIGHT).isPresent()) {
      throw new InvalidRequestException(
          "--size and --width or --height set the same value; give" + " one of them");
    }
    PictureSize both = PictureSize.parse(size.get());
    return choices.with(Setting.WIDTH, both.width()).with(Setting.HEIGHT, both.height());
  }

  /**
   * Reads a line.
   *
   * @param number its number
   * @param text its text
   * @return what it asks for
   * @throws InvalidRequestException if it makes no sense
   */
  static PromptLine parse(int number, String text) {
    OptionLine line = new OptionLine();
    try {
      CommandSpec spec = line.withSettings(CommandSpec.forAnnotatedObject(line));
      OptionValues.register(new CommandLine(spec))
          .setUnmatchedOptionsAllowedAsOptionParameters(false)
          .setTrimQuotes(false)
          .setExpandAtFiles(false)
          .setPosixClusteredShortOptionsAllowed(false)
          .parseArgs(ShellWords.split(text).toArray(String[]::new));
    } catch (ParameterException e) {
      String message = e.getMessage().replaceFirst("(?s)[;\n].*", "");
      throw new InvalidRequestException(
          Character.toLowerCase(message.charAt(0)) + message.substring(1));
    }
    return line.promptLine(number);
  }

  private PromptLine promptLine(int number) {
    if (prompt == null) {
      throw new InvalidRequestException("the line has options but no --prompt");
    }
    webUi.check();
    return new PromptLine(
        number,
        String.join(" ", prompt),
        choices(),
        seed.flatMap(SeedNumber::seed),
        images(),
        joined(output),
        id);
  }

  private Optional<Integer> images() {
    if (batchSize.isEmpty() && batches.isEmpty()) {
      return images;
    }
    if (images.isPresent()) {
      throw new InvalidRequestException(
          "--images and --batch_size or --n_iter set the same" + " value; give one of them");
    }
    try {
      return Optional.of(Math.multiplyExact(batchSize.orElse(1), batches.orElse(1)));
    } catch (ArithmeticException e) {
      throw new InvalidRequestException("--batch_size times --n_iter is too large");
    }
  }

  /** The words of an option, null where it is not there: picocli has no optional lists. */
  private static Optional<String> joined(List<String> words) {
    return Optional.ofNullable(words).map(list -> String.join(" ", list));
  }
}
