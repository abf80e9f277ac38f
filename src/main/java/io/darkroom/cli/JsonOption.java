package io.darkroom.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** In which form a command about models prints what it found. */
@Command(optionListHeading = "%nOutput:%n")
final class JsonOption {
  @Option(names = "--json", description = "Print JSON, an object a line.")
  private boolean json;

  /** Whether JSON is wanted. */
  boolean isJson() {
    return json;
  }
}
