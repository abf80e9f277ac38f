package io.darkroom.cli.option;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** In which form a command about models prints what it found. */
@Command(optionListHeading = "%nOutput:%n")
public final class JsonOption {
  @Option(names = "--json", description = "Print JSON objects, one on a line.")
  private boolean json;

  /** {@return whether JSON is wanted} */
  public boolean isJson() {
    return json;
  }
}
