package io.darkroom.image;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Asks a file system whether it takes names as long as a file's, before there is anything to write:
 * most take 255 bytes for a name and 4096 for a path, encrypting ones less.
 */
public final class FileNameLength {
  private FileNameLength() {}

  /**
   * Asks.
   *
   * @param existing a folder that exists, on the file system in question
   * @param file the file; it need not exist, nor its folders below the one that does
   * @throws FileSystemException if its name, or that of one of its folders, is too long or not to
   *     be had for another reason, which the exception tells
   */
  public static void require(Path existing, Path file) throws FileSystemException {
    require(file);
    for (Path name : file) {
      require(existing.resolve(name.getFileName()));
    }
  }

  private static void require(Path file) throws FileSystemException {
    try {
      Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException | AccessDeniedException e) {
      return; // the name would do; whether it may be written shows elsewhere
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      return; // not the name's fault
    }
  }
}
