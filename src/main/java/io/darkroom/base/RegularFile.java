package io.darkroom.base;

import java.nio.file.Files;
import java.nio.file.Path;

/** Tells files from what only looks like one. */
public final class RegularFile {
  private RegularFile() {}

  /**
   * Refuses pipes and devices, which would have to be waited for, perhaps without an end.
   *
   * @param path a path
   * @throws ModelException if there is something at it that is neither a file nor a folder
   */
  public static void require(Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
      throw new ModelException(
          path + ": is a pipe or a device, not a file; save it to a file first");
    }
  }
}
