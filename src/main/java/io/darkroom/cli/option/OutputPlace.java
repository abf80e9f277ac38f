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

/**
 * What {@code --output} says, read.
 *
 * @param place a file, a folder, a pattern, or {@code -}; nothing for this folder
 * @param usualPattern names the files in a folder
 * @param telling the placeholder that tells the pictures of a command apart
 * @param report what is printed about each picture
 */
record OutputPlace(Optional<String> place, String usualPattern, String telling, Report report) {
  /**
   * Where the pictures go.
   *
   * @param pictures how many there will be
   * @param surroundings the streams and the folder
   * @param unfinished keeps files while they are written
   * @return the destination
   * @throws InvalidRequestException if the place does not suit the other options
   */
  Destination destination(int pictures, Surroundings surroundings, UnfinishedFiles unfinished) {
    if (place.isEmpty()) {
      return fresh(surroundings.folder(), unfinished);
    }
    String where = place.get();
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
      return fresh(path, unfinished);
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
              + withPlaceholder(where));
    }
    boolean special = Files.exists(path) && !Files.isRegularFile(path);
    return new NamedFile(path, special ? PictureFormat.PNG : format(where), unfinished);
  }

  private FreshFiles fresh(Path folder, UnfinishedFiles unfinished) {
    return new FreshFiles(folder, usualPattern, PictureFormat.PNG, unfinished);
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
    if (report == Report.JSON) {
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

  private String withPlaceholder(String file) {
    int dot = file.lastIndexOf('.');
    int end = dot > file.lastIndexOf('/') + 1 ? dot : file.length();
    return file.substring(0, end) + "-" + telling + file.substring(end);
  }
}
