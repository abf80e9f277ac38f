package io.darkroom.cli.batch;

import io.darkroom.batch.Shard;
import io.darkroom.cli.console.StandardStream;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.request.InvalidRequestException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What is said of a batch as a whole. */
@Command(optionListHeading = "%nBatch:%n")
final class BatchOptions {
  private static final int MOST_WORKERS = 1000;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FOLDER",
      description =
          "The folder of the pictures and the manifest. It is made if it does not exist. The "
              + "default is the prompt file's name without its ending. No file in the folder is "
              + "ever replaced.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--shard",
      paramLabel = "I/N",
      description =
          "Paint share I of N, where I is 1 to N. Other processes paint the other shares into the "
              + "same folder. By default the job arrays of Slurm and the Indexed Jobs of "
              + "Kubernetes tell the share.")
  private Optional<String> shard = Optional.empty();

  @Option(
      names = "--workers",
      paramLabel = "COUNT",
      description =
          "How many copies of the model work at once on each device. The default is one. On a "
              + "processor it is as many as paint the most pictures, with the threads shared "
              + "among them.")
  private Integer workers;

  @Option(
      names = "--skip-invalid",
      description =
          "Leave out the lines that have an error. By default one such line ends the batch before "
              + "it begins.")
  private boolean skipInvalid;

  @Option(names = "--retry-failed", description = "Try again what failed in an earlier run.")
  private boolean retryFailed;

  @Option(
      names = "--dry-run",
      description = "Show what would be painted and how long it would take, but paint nothing.")
  private boolean dryRun;

  @Option(
      names = "--status",
      paramLabel = "FOLDER",
      description = "Show how far the batch in a folder is, with all its shares.")
  private Optional<Path> status = Optional.empty();

  @Option(
      names = "--json",
      description =
          "Print a JSON object for each event in place of the pictures' paths, one on a line.")
  private boolean json;

  /**
   * Checks what is wrong by itself.
   *
   * @throws InvalidRequestException if something is
   */
  void check() {
    if (workers != null && (workers < 1 || workers > MOST_WORKERS)) {
      throw new InvalidRequestException(
          "--workers must be between 1 and %d, not %d".formatted(MOST_WORKERS, workers));
    }
  }

  /**
   * The folder for pictures and manifest.
   *
   * @param source the prompt file, {@code -} for standard input
   * @param surroundings what paths are relative to
   * @return the folder, which need not exist
   * @throws InvalidRequestException if there is no telling
   */
  Path folder(String source, Surroundings surroundings) {
    if (output.isPresent() && (output.get().isEmpty() || StandardStream.OUTPUT.is(output.get()))) {
      throw new InvalidRequestException("--output takes the folder of the batch's pictures");
    }
    if (output.isEmpty() && StandardStream.INPUT.is(source)) {
      throw new InvalidRequestException(
          "standard input has no name for the folder; choose one with --output FOLDER");
    }
    String file = Path.of(source).getFileName().toString();
    String stem = file.replaceFirst("(?<=.)\\.[^.]*$", "");
    if (output.isEmpty() && stem.equals(file)) {
      throw new InvalidRequestException(
          source
              + " has no ending that can be removed for the name of the folder; choose one"
              + " with --output FOLDER");
    }
    try {
      return surroundings.folder().resolve(output.orElse(stem));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException(
          "--output " + output.get() + " is not a path: " + e.getReason());
    }
  }

  /** The share of this process. */
  Shard shard(Map<String, String> environment) {
    return shard.map(Shard::parse).orElseGet(() -> Shard.of(environment));
  }

  OptionalInt workers() {
    return workers == null ? OptionalInt.empty() : OptionalInt.of(workers);
  }

  boolean skipInvalid() {
    return skipInvalid;
  }

  boolean retryFailed() {
    return retryFailed;
  }

  boolean dryRun() {
    return dryRun;
  }

  Optional<Path> status() {
    return status;
  }

  boolean json() {
    return json;
  }
}
