package io.darkroom.cli.output;

import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The one file that the user named; it is replaced if it exists. A link is followed, even to a file
 * that is yet to be made, and what is no regular file, such as a pipe or {@code /dev/stdout}, is
 * written to as it is.
 *
 * @param file the file
 * @param format its format
 * @param unfinished keeps the temporary file
 */
public record NamedFile(Path file, PictureFormat format, UnfinishedFiles unfinished)
    implements Destination {
  /** As many as Linux follows: path_resolution(7). */
  private static final int MOST_LINKS = 40;

  @Override
  public void check(List<PictureName> pictures) throws IOException {
    if (Files.exists(file) && !Files.isWritable(file)) {
      throw new IOException("cannot write " + file + ": it is write-protected");
    }
    if (!isSpecial()) {
      PictureFile.check(target(), unfinished);
    }
  }

  @Override
  public Optional<Path> save(Png png, PictureName name) throws IOException {
    if (isSpecial()) {
      try (OutputStream out = Files.newOutputStream(file)) {
        format.write(png, new BufferedOutputStream(out));
      } catch (IOException e) {
        throw PictureFile.failure(file, e);
      }
      return Optional.of(file);
    }
    Path target = target();
    PictureFile.write(
        png,
        format,
        target,
        unfinished,
        complete -> {
          unfinished.replace(complete, target);
          return target;
        });
    return Optional.of(file);
  }

  private boolean isSpecial() {
    return Files.exists(file) && !Files.isRegularFile(file);
  }

  /** The file that is written, behind all links. */
  private Path target() throws IOException {
    if (Files.isSymbolicLink(file) && Files.exists(file)) {
      return file.toRealPath();
    }
    Path target = file;
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MOST_LINKS) {
        throw new IOException("cannot write " + file + ": its links lead in a circle");
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }
}
