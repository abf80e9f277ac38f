package io.darkroom.cli.option;

import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.output.Destination;
import io.darkroom.cli.output.Report;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.request.InvalidRequestException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where enlarged pictures go, and what is printed about them. */
@Command(optionListHeading = "%nOutput:%n")
public final class UpscaleOutputOption {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "WHERE",
      description =
          "Where to save the picture. WHERE is a file, a folder, a pattern, or - for standard "
              + "output. A pattern has {name}, {seed} or {index} in it. A name ends in .png, .jpg, "
              + ".jpeg or .webp. Folders are made. The default is {name}-4x.png in this folder, "
              + "with the upscaler's factor. Only a file that is named here is replaced; other "
              + "names get -2, -3 and so on.")
  private Optional<String> output = Optional.empty();

  @Option(
      names = "--json",
      description = "Print a JSON object for each picture in place of its path, one on a line.")
  private boolean json;

  /** {@return what to print about each picture} */
  public Report report() {
    return json ? Report.JSON : Report.PATH;
  }

  /**
   * Where the pictures go.
   *
   * @param pictures how many there will be
   * @param factor how much larger they become
   * @param surroundings the streams and the folder
   * @param unfinished keeps files while they are written
   * @return the place
   * @throws InvalidRequestException if it does not suit the other options
   */
  public Destination destination(
      int pictures, int factor, Surroundings surroundings, UnfinishedFiles unfinished) {
    return new OutputPlace(output, "{name}-" + factor + "x.png", "{name}", report())
        .destination(pictures, surroundings, unfinished);
  }
}
