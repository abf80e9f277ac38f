package io.darkroom.hub;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A file of a repository.
 *
 * @param path its path in the repository, with slashes
 * @param content what it holds, where the server has told it
 */
record RemoteFile(String path, Optional<Content> content) {
  /**
   * A file's content.
   *
   * @param etag what the server calls it: the SHA-256 of a large file, the hash that git has for a
   *     small one
   * @param size bytes
   */
  record Content(String etag, long size) {
    /** 16 TiB: no single file is as large, and the sum of all files of a listing stays a number. */
    private static final long LARGEST = 1L << 44;

    private static final Pattern ETAG = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,199}");

    /**
     * Checks what a server told.
     *
     * @throws ModelException if the name could not be a file's in the cache
     */
    Content {
      if (!ETAG.matcher(etag).matches()
          || etag.endsWith(".incomplete")
          || size < 0
          || size > LARGEST) {
        throw new ModelException(
            "the hub names an impossible checksum or size for a file: %s, %d"
                .formatted(OneLine.of(etag), size));
      }
    }
  }

  /**
   * Checks the path, which becomes one on disk.
   *
   * @throws ModelException if it could lead out of the model's folder
   */
  RemoteFile {
    boolean bad =
        path.isEmpty()
            || path.contains("\\")
            || path.contains(":")
            || path.chars().anyMatch(Character::isISOControl)
            || List.of(path.split("/", -1)).stream()
                .anyMatch(name -> name.isEmpty() || name.equals(".") || name.equals(".."));
    if (bad) {
      throw new ModelException(
          "the hub names a file "
              + OneLine.of(path)
              + ", which is not a safe name for a file;"
              + " it is not downloaded");
    }
  }

  /** The same file, with its content known. */
  RemoteFile with(Content known) {
    return new RemoteFile(path, Optional.of(known));
  }

  /** Its size in bytes; 0 where that is not known. */
  long size() {
    return content.map(Content::size).orElse(0L);
  }
}
