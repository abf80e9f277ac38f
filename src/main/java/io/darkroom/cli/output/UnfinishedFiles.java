package io.darkroom.cli.output;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Files that are being written, each under a temporary name beside its last one. A file appears
 * under its last name complete or not at all, however the program ends.
 */
public final class UnfinishedFiles {
  private static final String PREFIX = ".darkroom-";

  private final String prefix;
  private final Set<Path> files = new HashSet<>();
  private boolean abandoned;

  /** Prepares files of no batch. */
  public UnfinishedFiles() {
    this(PREFIX);
  }

  /**
   * Prepares files.
   *
   * @param prefix what their temporary names begin with
   */
  public UnfinishedFiles(String prefix) {
    this.prefix = prefix;
  }

  /**
   * Creates an empty file.
   *
   * @param folder where it belongs
   * @return the file, under a temporary name
   * @throws IOException if nothing can be written there
   */
  synchronized Path create(Path folder) throws IOException {
    if (abandoned) {
      throw new CancellationException("the program ends");
    }
    while (true) {
      long number = ThreadLocalRandom.current().nextLong();
      Path file = folder.resolve(prefix + Long.toHexString(number) + ".tmp");
      try {
        // Not Files.createTempFile: the finished file must have the permissions of any other.
        Files.createFile(file);
        files.add(file);
        return file;
      } catch (FileAlreadyExistsException e) {
        // another number, then
      }
    }
  }

  /**
   * Gives a complete file its last name, in place of the file that has it now.
   *
   * @param file the file
   * @param target its last name, in the same folder
   * @throws IOException if that fails
   */
  synchronized void replace(Path file, Path target) throws IOException {
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    files.remove(file);
  }

  /**
   * Gives a complete file its last name, unless another file has it.
   *
   * @param file the file
   * @param target its last name, in the same folder
   * @throws FileAlreadyExistsException if that name is taken
   * @throws IOException if that fails
   */
  public synchronized void add(Path file, Path target) throws IOException {
    try {
      // A link is the one way to claim a name that cannot overwrite another program's file.
      Files.createLink(target, file);
      Files.delete(file);
    } catch (FileAlreadyExistsException e) {
      throw e;
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.move(file, target); // a file system without links
    }
    files.remove(file);
  }

  /**
   * Removes a file that will not be complete.
   *
   * @param file the file; nothing happens if it has got its last name
   */
  synchronized void discard(Path file) {
    if (files.remove(file)) {
      delete(file);
    }
  }

  /** Removes all of them; from here on no other can be created. */
  public synchronized void abandon() {
    abandoned = true;
    files.forEach(UnfinishedFiles::delete);
    files.clear();
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit(); // a file system that is busy now may not be at the end
    }
  }
}
