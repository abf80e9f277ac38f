package io.darkroom.cli.option;

import io.darkroom.pipeline.TextToImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.SeedNumber;
import java.math.BigInteger;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How many pictures, from which seeds. */
@Command(optionListHeading = "%nSeries:%n")
public final class SeriesOptions {
  /** More pictures than anybody looks through; what is planned of them fits into memory. */
  private static final int MOST = 1_000_000;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      description =
          "The seed of the noise. It is 0 to 18446744073709551615, of which the low 32 bits count; "
              + "-1 is a random one. Picture i of several has seed + i. By default the seed is "
              + "random.")
  private Optional<BigInteger> seed = Optional.empty();

  @Option(
      names = {"-N", "--images"},
      paramLabel = "COUNT",
      description = "How many pictures to paint. The default is 1.")
  private int images = 1;

  @Option(
      names = "--batch-size",
      paramLabel = "COUNT",
      description =
          "How many pictures are painted together. This changes speed and memory, not what a "
              + "picture shows.")
  private Optional<Integer> batchSize = Optional.empty();

  /**
   * Checks the numbers.
   *
   * @throws InvalidRequestException if one is out of range
   */
  public void check() {
    fixedSeed();
    if (images < 1) {
      throw new InvalidRequestException("--images must be at least 1, not " + images);
    }
    if (images > MOST) {
      throw new InvalidRequestException(
          "--images must be at most %d, not %d".formatted(MOST, images));
    }
    if (batchSize.isPresent() && batchSize.get() < 1) {
      throw new InvalidRequestException("--batch-size must be at least 1, not " + batchSize.get());
    }
    if (batchSize.isPresent() && batchSize.get() > MOST) {
      throw new InvalidRequestException(
          "--batch-size must be at most %d, not %d".formatted(MOST, batchSize.get()));
    }
  }

  /** {@return how many pictures} */
  public int images() {
    return images;
  }

  /**
   * {@return the first picture's seed, if the user said one; a random one differs from call to
   * call}
   */
  public Optional<Seed> seed() {
    return seed.map(number -> SeedNumber.seed(number).map(Seed::new).orElseGet(Seed::random));
  }

  /** {@return the first picture's seed, if the user chose one and did not leave it to chance} */
  public Optional<Seed> fixedSeed() {
    return seed.flatMap(SeedNumber::seed).map(Seed::new);
  }

  /** {@return how many pictures to paint together, as the user said it} */
  public Optional<Integer> batchSize() {
    return batchSize;
  }

  /** {@return the first picture's seed; a random one differs from call to call} */
  public Seed firstSeed() {
    return seed().orElseGet(Seed::random);
  }

  /**
   * How many pictures to paint together.
   *
   * @param pipeline chooses where the user did not
   * @param request one of the pictures
   * @return 1 to {@link #images}
   */
  public int batchSize(TextToImage pipeline, ImageRequest request) {
    int wanted = batchSize.orElseGet(() -> pipeline.chooseBatchSize(request, images));
    return Math.max(1, Math.min(wanted, images));
  }
}
