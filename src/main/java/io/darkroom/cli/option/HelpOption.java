package io.darkroom.cli.option;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command-line program has. */
@Command(optionListHeading = "%nAbout:%n")
public final class HelpOption {
  /** The option that asks for the whole help. */
  public static final String ALL = "--help-all";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show the most used options.")
  private boolean help;

  /** picocli wants one option alone to be {@code usageHelp}, and this for any other. */
  @Option(names = ALL, help = true, description = "Show all options.")
  @SuppressWarnings({"deprecation", "UnusedVariable"})
  private boolean all;

  @Option(names = "--version", versionHelp = true, description = "Show the version.")
  private boolean version;
}
