package io.darkroom.cli;

import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes one picture into a folder, first under a temporary name. */
final class PictureFile {
  /** Gives the complete temporary file its last name. */
  interface Naming {
    /**
     * Gives the name.
     *
     * @param complete the temporary file
     * @return the file's last name
     * @throws IOException if it cannot have it
     */
    Path name(Path complete) throws IOException;
  }

  private PictureFile() {}

  /**
   * Writes a picture.
   *
   * @param png the picture
   * @param format the file's format
   * @param target the name it is to have, for messages and for its folder
   * @param unfinished keeps the temporary file
   * @param naming gives the last name
   * @return the file
   * @throws IOException if the picture cannot be written; then there is no trace of it
   */
  static Path write(
      Png png, PictureFormat format, Path target, UnfinishedFiles unfinished, Naming naming)
      throws IOException {
    try {
      Path file = unfinished.create(folder(target));
      try {
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
          format.write(png, new BufferedOutputStream(out));
          out.getFD().sync();
        }
        return naming.name(file);
      } finally {
        unfinished.discard(file);
      }
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * Makes sure that a picture can be written, by writing an empty one.
   *
   * @param target the name it is to have
   * @param unfinished keeps the temporary file
   * @throws IOException if nothing can be written there
   */
  static void check(Path target, UnfinishedFiles unfinished) throws IOException {
    Path folder = folder(target);
    if (!Files.exists(folder)) {
      throw new IOException(
          "the output folder " + folder + " does not exist; create it with: mkdir -p " + folder);
    }
    if (!Files.isDirectory(folder)) {
      throw new IOException("cannot write " + target + ": " + folder + " is not a folder");
    }
    try {
      unfinished.discard(unfinished.create(folder));
    } catch (IOException e) {
      throw new IOException(
          "cannot write into the output folder " + folder + ": " + FailureMessage.reason(e), e);
    }
  }

  /** The failure to write a file, in one line. */
  static IOException failure(Path target, IOException cause) {
    return new IOException("cannot write " + target + ": " + FailureMessage.reason(cause), cause);
  }

  private static Path folder(Path target) {
    Path parent = target.getParent();
    return parent == null ? Path.of(".") : parent;
  }
}
