package io.darkroom.batch;

import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.PictureSize;
import io.darkroom.pipeline.RequestChoices;
import io.darkroom.pipeline.SeedNumber;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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

  @Option(
      names = {"--negative_prompt", "--negative-prompt", "--negative", "-n"},
      arity = "1..*")
  private List<String> negativePrompt;

  @Option(names = {"--seed", "-s"})
  private Optional<BigInteger> seed = Optional.empty();

  @Option(names = "--steps")
  private Optional<Integer> steps = Optional.empty();

  @Option(names = {"--cfg_scale", "--cfg-scale", "--guidance-scale", "--guidance_scale", "-g"})
  private Optional<Double> guidanceScale = Optional.empty();

  @Option(
      names = {"--sampler_name", "--sampler"},
      arity = "1..*")
  private List<String> sampler;

  @Option(names = "--eta")
  private Optional<Double> eta = Optional.empty();

  @Option(
      names = {"--schedule", "--scheduler"},
      arity = "1..*")
  private List<String> schedule;

  @Option(names = {"--guidance-rescale", "--guidance_rescale"})
  private Optional<Double> guidanceRescale = Optional.empty();

  @Option(names = {"--guidance-interval", "--guidance_interval"})
  private Optional<String> guidanceInterval = Optional.empty();

  @Option(names = {"--deep-cache", "--deep_cache"})
  private Optional<Integer> deepCache = Optional.empty();

  @Option(names = "--prediction")
  private Optional<String> prediction = Optional.empty();

  @Option(names = {"--clip-skip", "--clip_skip"})
  private Optional<Integer> clipSkip = Optional.empty();

  @Option(names = "--size")
  private Optional<String> size = Optional.empty();

  @Option(names = {"--width", "-W"})
  private Optional<Integer> width = Optional.empty();

  @Option(names = {"--height", "-H"})
  private Optional<Integer> height = Optional.empty();

  @Option(names = {"--prompt-syntax", "--prompt_syntax"})
  private Optional<String> promptSyntax = Optional.empty();

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

  private OptionLine() {}

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
      OptionValues.register(new CommandLine(line))
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
    Optional<PictureSize> both = size.map(PictureSize::parse);
    if (both.isPresent() && (width.isPresent() || height.isPresent())) {
      throw new InvalidRequestException("--size and --width or --height say the same twice");
    }
    return new PromptLine(
        number,
        String.join(" ", prompt),
        new RequestChoices(
            joined(negativePrompt),
            steps,
            guidanceScale,
            joined(sampler),
            eta,
            width.or(() -> both.map(PictureSize::width)),
            height.or(() -> both.map(PictureSize::height)),
            joined(schedule),
            guidanceRescale,
            guidanceInterval.map(GuidanceInterval::parse),
            clipSkip,
            promptSyntax.map(PromptLine::syntax),
            deepCache,
            prediction.map(PromptLine::prediction)),
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
