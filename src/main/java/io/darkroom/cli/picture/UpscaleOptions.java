package io.darkroom.cli.picture;

import io.darkroom.cli.option.Seed;
import io.darkroom.request.SeedNumber;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What an upscaler is told that paints details; one that works in a single pass is told nothing.
 */
@Command(optionListHeading = "%nPrompt:%n")
final class UpscaleOptions {
  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description =
          "What the picture shows. The default is nothing. Only Stable Diffusion's upscaler reads "
              + "it.")
  private String prompt = "";

  @Option(
      names = "--noise-level",
      paramLabel = "LEVEL",
      description =
          "How much noise is added to the picture before. More noise leaves the model more "
              + "freedom. The default is 20; most models take 0 to 350. Only Stable Diffusion's "
              + "upscaler is told it.")
  private Optional<Integer> noiseLevel = Optional.empty();

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      description =
          "The seed of the noise. It is as for a picture that is painted, and the same for all "
              + "files. By default it is random.")
  private Optional<BigInteger> seed = Optional.empty();

  /** What the picture shows; empty if the user did not say. */
  String prompt() {
    return prompt;
  }

  /** The noise level, if the user chose one. */
  OptionalInt noiseLevel() {
    return noiseLevel.map(OptionalInt::of).orElseGet(OptionalInt::empty);
  }

  /** The seed; a random one differs from call to call. */
  Seed seed() {
    return seed.flatMap(SeedNumber::seed).map(Seed::new).orElseGet(Seed::random);
  }
}
