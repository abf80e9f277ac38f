package io.darkroom.cli.picture;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** In which form a picture's recipe is printed. */
@Command(optionListHeading = "%nOutput:%n")
final class InspectionOption {
  @Option(names = "--json", description = "Print a JSON object for each file, one on a line.")
  private boolean json;

  /** The form. */
  Inspection form() {
    return json ? Inspection.JSON : Inspection.TEXT;
  }
}
