package io.darkroom.batch;

import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.PictureSize;
import io.darkroom.pipeline.Choices;
import io.darkroom.pipeline.Setting;
import io.darkroom.pipeline.SeedNumber;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
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

  private Choices choices = Choices.NONE;

  private OptionLine() {}

  /** A text goes on to the next option, with or without quotes. */
  private CommandSpec withSettings(CommandSpec spec) {
    for (Setting<?> setting : Setting.ALL) {
      OptionSpec.Builder option =
          OptionSpec.builder(setting.lineNames().toArray(String[]::new));
      switch (setting.kind()) {
        case TEXT ->
            option
                .arity("1..*")
                .type(List.class)
                .auxiliaryTypes(String.class)
                .setter(
                    new ISetter() {
                      @Override
                      @SuppressWarnings("unchecked")
                      public <T> T set(T value) {
                        choose(setting, value == null ? null : String.join(" ", (List<String>) value));
                        return value;
                      }
                    });
        case FLAG -> option.arity("0").type(boolean.class).setter(setter(setting));
        case WHOLE, NUMBER -> option.arity("1").type(String.class).setter(setter(setting));
      }
      spec.addOption(option.build());
    }
    return spec;
  }

  private ISetter setter(Setting<?> setting) {
    return new ISetter() {
      @Override
      public <T> T set(T value) {
        choose(setting, value == null ? null : value.toString());
        return value;
      }
    };
  }

  /** Null and false are what options have before a line is read. */
  private void choose(Setting<?> setting, String text) {
    if (text != null && !(setting.kind() == Setting.Kind.FLAG && text.equals("false"))) {
      choices = choices.withText(setting, text);
    }
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
    if (size.isPresent()) {
      if (choices.get(Setting.WIDTH).isPresent() || choices.get(Setting.HEIGHT).isPresent()) {
        throw new InvalidRequestException("--size and --width or --height say the same twice");
      }
      PictureSize both = PictureSize.parse(size.get());
      choices =
          choices.with(Setting.WIDTH, both.width()).with(Setting.HEIGHT, both.height());
    }
    return new PromptLine(
        number,
        String.join(" ", prompt),
        choices,
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
      throw new InvalidRequestException("--images and --batch_size or --n_iter say the same twice");
    }
    try {
      return Optional.of(Math.multiplyExact(batchSize.orElse(1), batches.orElse(1)));
    } catch (ArithmeticException e) {
      throw new InvalidRequestException("--batch_size times --n_iter is too much");
    }
  }

  /** The words of an option, null where it is not there: picocli has no optional lists. */
  private static Optional<String> joined(List<String> words) {
    return Optional.ofNullable(words).map(list -> String.join(" ", list));
  }
}
