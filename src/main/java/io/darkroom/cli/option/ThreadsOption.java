package io.darkroom.cli.option;

import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How many threads of the processor compute. */
@Command
public final class ThreadsOption {
  private static final int MOST = 1024;

  @Option(
      names = "--threads",
      paramLabel = "COUNT",
      description =
          "How many threads of the processor compute together. By default there are as many as "
              + "this process has processors, and fewer for small pictures.")
  private Optional<Integer> threads = Optional.empty();

  /**
   * Adds what the user said.
   *
   * @param options how a model is opened
   * @return the options with it; the same if nothing was said
   * @throws InvalidRequestException if there cannot be so many
   */
  public ComputeOptions addTo(ComputeOptions options) {
    if (threads.isEmpty()) {
      return options;
    }
    int count = threads.get();
    if (count < 1 || count > MOST) {
      throw new InvalidRequestException(
          "--threads must be between 1 and %d, not %d".formatted(MOST, count));
    }
    return options.withThreads(count);
  }
}
