package io.darkroom.cli;

import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.PictureSize;
import io.darkroom.pipeline.RequestChoices;
import io.darkroom.sampling.Prediction;
import io.darkroom.text.PromptSyntax;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What shapes a picture beside prompt and seed. */
@Command(optionListHeading = "%nPicture:%n")
final class SamplingOptions {
  @Option(
      names = {"-n", "--negative-prompt"},
      paramLabel = "TEXT",
      description = "What to steer away from.")
  private Optional<String> negativePrompt = Optional.empty();

  @Option(
      names = "--steps",
      paramLabel = "COUNT",
      description = "Denoising steps; from the model, else 50.")
  private Optional<Integer> steps = Optional.empty();

  @Option(
      names = {"-g", "--guidance-scale"},
      paramLabel = "SCALE",
      description = {
        "How strictly to follow the prompt; from the model, else 7.5.",
        "1 or less leaves guidance out, which takes half the time."
      })
  private Optional<Double> guidanceScale = Optional.empty();

  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      description = {
        "From the model, else ddim; darkroom samplers lists them.",
        "Other programs' names do as well: 'DPM++ 2M Karras'."
      })
  private Optional<String> sampler = Optional.empty();

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "How the sampler spreads its steps: model (default), karras, exponential...")
  private Optional<String> schedule = Optional.empty();

  @Option(
      names = "--eta",
      paramLabel = "ETA",
      description = "DDIM's noise, 0 to 1; from the model, else 0.")
  private Optional<Double> eta = Optional.empty();

  @Option(
      names = "--guidance-rescale",
      paramLabel = "SHARE",
      description = "Against pictures that guidance makes too bright, 0 to 1; else 0.")
  private Optional<Double> guidanceRescale = Optional.empty();

  @Option(
      names = "--guidance-interval",
      paramLabel = "LOW:HIGH",
      converter = IntervalConverter.class,
      description = {
        "Guide at these noise levels (sigma) alone, as in 0.3:5.5; a step outside takes half the",
        "time. Changes the picture; everywhere if left out."
      })
  private Optional<GuidanceInterval> guidanceInterval = Optional.empty();

  @Option(
      names = "--deep-cache",
      paramLabel = "COUNT",
      description = {
        "Compute the U-Net's deep layers at one of so many of its evaluations (with most samplers",
        "steps) and reuse them at the others: 2 or 3 save about half of the time. Changes the",
        "picture; 1 if left out."
      })
  private Optional<Integer> deepCache = Optional.empty();

  @Option(
      names = "--clip-skip",
      paramLabel = "LAYER",
      description = "The text encoder's layer that counts, from the end: 1 is the last.")
  private Optional<Integer> clipSkip = Optional.empty();

  @Option(
      names = "--prediction",
      paramLabel = "KIND",
      converter = PredictionConverter.class,
      description =
          "What the model predicts, where its files tell it wrong or not at all: epsilon, v, sample,"
              + " edm; the model's own if left out.")
  private Optional<Prediction> prediction = Optional.empty();

  @Option(
      names = {"-W", "--width"},
      paramLabel = "PIXELS",
      description = "A multiple of the model's factor (8); the model's own size if left out.")
  private Optional<Integer> width = Optional.empty();

  @Option(
      names = {"-H", "--height"},
      paramLabel = "PIXELS",
      description = "Likewise.")
  private Optional<Integer> height = Optional.empty();

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = SizeConverter.class,
      description = "Both in one, as in 512x768.")
  private Optional<PictureSize> size = Optional.empty();

  @Option(
      names = "--prompt-syntax",
      paramLabel = "SYNTAX",
      converter = SyntaxConverter.class,
      description = {
        "weighted: (word:1.3), [word], BREAK and any length; or plain: the text as it stands, cut",
        "where the text encoder ends. weighted if left out."
      })
  private Optional<PromptSyntax> promptSyntax = Optional.empty();

  /** As other programs have it. */
  @Option(
      names = {"--negative", "--negative_prompt"},
      hidden = true)
  private Optional<String> negative = Optional.empty();

  /** As other programs have it. */
  @Option(
      names = {"--cfg-scale", "--cfg_scale", "--cfg"},
      hidden = true)
  private Optional<Double> cfgScale = Optional.empty();

  /** Reads a syntax by its name. */
  static final class SyntaxConverter implements ITypeConverter<PromptSyntax> {
    @Override
    public PromptSyntax convert(String value) {
      try {
        return PromptSyntax.named(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Reads a prediction by its name. */
  static final class PredictionConverter implements ITypeConverter<Prediction> {
    @Override
    public Prediction convert(String value) {
      try {
        return Prediction.named(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Reads width and height. */
  static final class SizeConverter implements ITypeConverter<PictureSize> {
    @Override
    public PictureSize convert(String value) {
      try {
        return PictureSize.parse(value);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /** Reads an interval of noise levels. */
  static final class IntervalConverter implements ITypeConverter<GuidanceInterval> {
    @Override
    public GuidanceInterval convert(String value) {
      try {
        return GuidanceInterval.parse(value);
      } catch (InvalidRequestException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  /**
   * What the user chose.
   *
   * @return the choices
   * @throws InvalidRequestException if two options contradict each other
   */
  RequestChoices choices() {
    requireOne("--negative-prompt", negativePrompt, "--negative", negative);
    requireOne("--guidance-scale", guidanceScale, "--cfg-scale", cfgScale);
    requireOne("--width", width, "--size", size);
    requireOne("--height", height, "--size", size);
    return new RequestChoices(
        negativePrompt.or(() -> negative),
        steps,
        guidanceScale.or(() -> cfgScale),
        sampler,
        eta,
        width.or(() -> size.map(PictureSize::width)),
        height.or(() -> size.map(PictureSize::height)),
        schedule,
        guidanceRescale,
        guidanceInterval,
        clipSkip,
        promptSyntax,
        deepCache,
        prediction);
  }

  private static void requireOne(
      String name, Optional<?> value, String otherName, Optional<?> otherValue) {
    if (value.isPresent() && otherValue.isPresent()) {
      throw new InvalidRequestException(name + " and " + otherName + " say the same twice");
    }
  }
}
