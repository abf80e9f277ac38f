package io.darkroom.cli.output;

import io.darkroom.image.NamePattern;
import io.darkroom.image.PictureFormat;
import io.darkroom.image.Png;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A file of its own for each picture, never one that exists: then {@code -2}, {@code -3} and so on
 * goes before the ending.
 *
 * @param folder what the pattern is relative to
 * @param pattern a path with placeholders, as {@link NamePattern} has them
 * @param format of all the files
 * @param unfinished keeps the temporary files
 */
public record FreshFiles(
    Path folder, String pattern, PictureFormat format, UnfinishedFiles unfinished)
    implements Destination {
  /** The pattern where the user gives none. */
  public static final String DEFAULT_PATTERN = "{prompt}-{seed}.png";

  @Override
  public void check(List<PictureName> pictures) throws IOException {
    var folders = new TreeMap<Path, Path>();
    for (PictureName picture : pictures) {
      Path target = target(picture);
      PictureFile.checkName(target);
      folders.putIfAbsent(target.toAbsolutePath().getParent(), target);
    }
    for (Path target : folders.values()) {
      PictureFile.check(target, unfinished);
    }
  }

  @Override
  public Optional<Path> save(Png png, PictureName name) throws IOException {
    Path target = target(name);
    return Optional.of(
        PictureFile.write(
            png, format, target, unfinished, complete -> addFirstFree(complete, target)));
  }

  private Path addFirstFree(Path complete, Path target) throws IOException {
    for (int number = 1; ; number++) {
      Path candidate = number == 1 ? target : numbered(target, number);
      if (!Files.exists(candidate, LinkOption.NOFOLLOW_LINKS)) {
        try {
          unfinished.add(complete, candidate);
          return candidate;
        } catch (FileAlreadyExistsException e) {
          // another program was faster
        }
      }
    }
  }

  private static Path numbered(Path target, int number) {
    String name = target.getFileName().toString();
    int dot = name.lastIndexOf('.');
    int end = dot > 0 ? dot : name.length();
    return target.resolveSibling(name.substring(0, end) + "-" + number + name.substring(end));
  }

  private Path target(PictureName picture) {
    return new NamePattern(pattern)
        .path(folder, picture.name(), picture.prompt(), picture.seed(), picture.index());
  }
}
