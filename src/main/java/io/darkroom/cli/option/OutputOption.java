package io.darkroom.cli.option;

import io.darkroom.cli.console.StandardStream;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.output.Destination;
import io.darkroom.cli.output.FreshFiles;
import io.darkroom.cli.output.NamedFile;
import io.darkroom.cli.output.Report;
import io.darkroom.cli.output.StandardOutput;
import io.darkroom.cli.output.UnfinishedFiles;
import io.darkroom.image.NamePattern;
import io.darkroom.image.PictureFormat;
import io.darkroom.request.InvalidRequestException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where pictures go, and what is printed about them. */
@Command(optionListHeading = "%nOutput:%n")
public final class OutputOption {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "WHERE",
      description =
          "Where to save the picture. WHERE is a file, a folder, a pattern, or - for standard "
              + "output. A pattern has {prompt}, {seed} or {index} in it. A name ends in .png, "
              + ".jpg, .jpeg or .webp. Folders are made. The default is {prompt}-{seed}.png in "
              + "this folder. Only a file that is named here is replaced; other names get -2, -3 "
              + "and so on.")
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
   * @param surroundings the streams and the folder
   * @param unfinished keeps files while they are written
   * @return the place
   * @throws InvalidRequestException if it does not suit the other options
   */
  public Destination destination(
      int pictures, Surroundings surroundings, UnfinishedFiles unfinished) {
    if (output.isEmpty()) {
      return FreshFiles.in(surroundings.folder(), unfinished);
    }
    String where = output.get();
    if (where.isEmpty()) {
      throw new InvalidRequestException("--output is empty; name a file, a folder or -");
    }
    if (StandardStream.OUTPUT.is(where)) {
      checkStandardOutputSuffices(pictures);
      if (surroundings.outputIsTerminal()) {
        throw new InvalidRequestException(
            "the bytes of the PNG would garble this terminal; send them to a program or a file,"
                + " for example darkroom -o - ... > picture.png");
      }
      return new StandardOutput(surroundings.out());
    }
    Path path = path(where, surroundings);
    if (where.endsWith("/") || where.endsWith("\\") || Files.isDirectory(path)) {
      return FreshFiles.in(path, unfinished);
    }
    if (new NamePattern(where).hasPlaceholder()) {
      return new FreshFiles(surroundings.folder(), where, format(where), unfinished);
    }
    if (pictures > 1) {
      throw new InvalidRequestException(
          "--output "
              + where
              + " names one file for "
              + pictures
              + " pictures; use a pattern: "
              + withSeed(where));
    }
    boolean special = Files.exists(path) && !Files.isRegularFile(path);
    return new NamedFile(path, special ? PictureFormat.PNG : format(where), unfinished);
  }

  private static PictureFormat format(String where) {
    return PictureFormat.ofName(where)
        .orElseThrow(
            () ->
                new InvalidRequestException(
                    "--output "
                        + where
                        + " has no ending that names a format; use a name that ends in "
                        + PictureFormat.allEndings()
                        + ", or in / for a folder"));
  }

  private void checkStandardOutputSuffices(int pictures) {
    if (pictures > 1) {
      throw new InvalidRequestException(
          "standard output can take one picture, not "
              + pictures
              + "; name a folder with"
              + " --output");
    }
    if (json) {
      throw new InvalidRequestException(
          "--json and --output - both use standard output; name a file with --output");
    }
  }

  private static Path path(String where, Surroundings surroundings) {
    try {
      return surroundings.folder().resolve(where);
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("--output " + where + " is not a path: " + e.getReason());
    }
  }

  private static String withSeed(String file) {
    int dot = file.lastIndexOf('.');
    int end = dot > file.lastIndexOf('/') + 1 ? dot : file.length();
    return file.substring(0, end) + "-{seed}" + file.substring(end);
  }
}
