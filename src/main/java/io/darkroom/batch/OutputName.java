package io.darkroom.batch;

import io.darkroom.base.Printable;
import io.darkroom.image.PictureFormat;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The file that a line names for its picture: a path inside the batch's folder and nowhere else.
 */
final class OutputName {
  private static final int MOST_BYTES_OF_A_NAME = 240;

  private OutputName() {}

  /**
   * Checks a name as the line has it, placeholders included.
   *
   * @param output the name
   * @throws InvalidRequestException if it is no path that can lie inside the folder
   */
  static void check(String output) {
    if (output.isBlank() || output.endsWith("/") || output.endsWith("\\")) {
      throw refused(output, "it does not name a file");
    }
    ImageRequest.requireText("output", output);
    if (!output.codePoints().allMatch(Printable::isSafe)) {
      throw refused(
          output,
          "it contains a character that controls the terminal or the direction" + " of text");
    }
    Path path;
    try {
      path = Path.of(output);
    } catch (InvalidPathException e) {
      throw refused(output, e.getReason());
    }
    if (path.isAbsolute() || output.startsWith("/") || output.startsWith("\\")) {
      throw refused(output, "it is absolute; use a path inside the batch's folder");
    }
    for (Path part : path) {
      String name = part.toString();
      if (name.equals("..")) {
        throw refused(output, "it leads out of the batch's folder");
      }
      if (name.startsWith(".") && !name.equals(".")) {
        throw refused(output, "names that begin with a dot are reserved for unfinished files");
      }
      if (name.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > MOST_BYTES_OF_A_NAME) {
        throw refused(output, "a name in it is longer than " + MOST_BYTES_OF_A_NAME + " bytes");
      }
    }
    Path normal = path.normalize();
    if (normal.toString().isEmpty()) {
      throw refused(output, "it does not name a file");
    }
    if (isReserved(normal.getName(0).toString())) {
      throw refused(output, "the batch keeps its own records in a file of that name");
    }
    if (PictureFormat.ofName(output).isEmpty()) {
      throw refused(output, "a picture's name ends in " + PictureFormat.allEndings());
    }
  }

  /** Tells whether a name in the batch's folder belongs to the batch itself. */
  private static boolean isReserved(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals(BatchFolder.DESCRIPTION) || Manifest.isName(lower);
  }

  private static InvalidRequestException refused(String output, String why) {
    return new InvalidRequestException("output " + quoted(output) + " cannot be used: " + why);
  }

  private static String quoted(String output) {
    return "'" + (output.length() > 80 ? output.substring(0, 80) + "..." : output) + "'";
  }
}
