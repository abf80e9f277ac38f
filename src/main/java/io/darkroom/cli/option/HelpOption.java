package io.darkroom.cli.option;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command-line program has. */
@Command(optionListHeading = "%nAbout:%n")
public final class HelpOption {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  private boolean version;
}
