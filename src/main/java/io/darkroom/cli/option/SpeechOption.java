package io.darkroom.cli.option;

import io.darkroom.cli.console.Messages;
import io.darkroom.request.InvalidRequestException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How much is said on standard error. */
@Command(optionListHeading = "%nMessages:%n")
public final class SpeechOption {
  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but errors.")
  private boolean quiet;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the libraries' log, and where an error comes from.")
  private boolean verbose;

  /**
   * How much to say.
   *
   * @return the level
   * @throws InvalidRequestException if both options are there
   */
  public Messages.Level level() {
    if (quiet && verbose) {
      throw new InvalidRequestException(
          "--quiet and --verbose contradict each other; give one" + " of them");
    }
    if (quiet) {
      return Messages.Level.QUIET;
    }
    return verbose ? Messages.Level.VERBOSE : Messages.Level.NORMAL;
  }
}
