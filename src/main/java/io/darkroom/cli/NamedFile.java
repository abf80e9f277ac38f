package io.darkroom.cli;

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
 * The one file that the user named; it is replaced if it exists. A link is followed, and what is no
 * regular file, such as a pipe or {@code /dev/stdout}, is written to as it is.
 *
 * @param file the file
 * @param format its format
 * @param unfinished keeps the temporary file
 */
record NamedFile(Path file, PictureFormat format, UnfinishedFiles unfinished)
    implements Destination {
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

  private Path target() throws IOException {
    return Files.isSymbolicLink(file) && Files.exists(file) ? file.toRealPath() : file;
  }
}
