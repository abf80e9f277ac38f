package io.darkroom.cli.output;

import io.darkroom.base.FileFailure;
import io.darkroom.image.FileNameLength;
import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Writes one picture into a folder, which is made, first under a temporary name. */
public final class PictureFile {
  /** Gives the complete temporary file its last name. */
  public interface Naming {
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
   * @throws FileAlreadyExistsException if the last name is taken and may not be
   * @throws IOException if the picture cannot be written; then there is no trace of it
   */
  public static Path write(
      Png png, PictureFormat format, Path target, UnfinishedFiles unfinished, Naming naming)
      throws IOException {
    Path folder = folder(target);
    try {
      makeFolder(folder);
    } catch (IOException e) {
      throw failure(target, e);
    }
    try {
      Path file = unfinished.create(folder);
      try {
        try (FileOutputStream out = new FileOutputStream(file.toFile())) {
          format.write(png, new BufferedOutputStream(out));
          out.getFD().sync();
        }
        return naming.name(file);
      } finally {
        unfinished.discard(file);
      }
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /**
   * Makes sure that a picture can be written, by writing an empty one. Folders that are not there
   * yet are made with the picture: where there are none, the nearest one above counts.
   *
   * @param target the name it is to have
   * @param unfinished keeps the temporary file
   * @throws IOException if nothing can be written there, or no file can have the name
   */
  static void check(Path target, UnfinishedFiles unfinished) throws IOException {
    Path folder = existingFolder(target);
    checkName(target);
    try {
      unfinished.discard(unfinished.create(folder));
    } catch (IOException e) {
      throw new IOException(
          "cannot write into the output folder " + folder + ": " + FileFailure.reason(e), e);
    }
  }

  /**
   * Makes sure that a file can have its name.
   *
   * @param target the name it is to have
   * @throws IOException if it or the name of a folder on the way is too long
   */
  static void checkName(Path target) throws IOException {
    try {
      FileNameLength.require(existingFolder(target), target);
    } catch (IOException e) {
      throw failure(target, e);
    }
  }

  /** The folder that a file is to lie in, or the nearest one above that exists. */
  private static Path existingFolder(Path target) throws IOException {
    Path folder = folder(target).toAbsolutePath();
    while (!Files.isDirectory(folder)) {
      if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException("cannot write " + target + ": " + folder + " is not a folder");
      }
      folder = folder.getParent();
    }
    return folder;
  }

  /** A link to a folder is one. */
  private static void makeFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
    }
  }

  /** The failure to write a file, in one line. */
  static IOException failure(Path target, IOException cause) {
    return new IOException("cannot write " + target + ": " + FileFailure.reason(cause), cause);
  }

  private static Path folder(Path target) {
    Path parent = target.getParent();
    return parent == null ? Path.of(".") : parent;
  }
}
