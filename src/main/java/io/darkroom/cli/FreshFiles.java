package io.darkroom.cli;

import io.darkroom.image.Png;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A file of its own for each picture, never one that exists: then {@code -2}, {@code -3} and so on
 * goes before the ending.
 *
 * @param folder what the pattern is relative to
 * @param pattern a path in which {@code {prompt}}, {@code {seed}} and {@code {index}} stand for
 *     what they name
 * @param unfinished keeps the temporary files
 */
record FreshFiles(Path folder, String pattern, UnfinishedFiles unfinished) implements Destination {
  /** The pattern where the user gives none. */
  static final String DEFAULT_PATTERN = "{prompt}-{seed}.png";

  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(prompt|seed|index)}");

  /** Tells whether a path has a placeholder. */
  static boolean isPattern(String path) {
    return PLACEHOLDER.matcher(path).find();
  }

  @Override
  public void check(List<PictureName> pictures) throws IOException {
    var folders = new TreeMap<Path, Path>();
    for (PictureName picture : pictures) {
      Path target = target(picture);
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
        PictureFile.write(png, target, unfinished, complete -> addFirstFree(complete, target)));
  }

  private Path addFirstFree(Path complete, Path target) throws IOException {
    for (int number = 1; ; number++) {
      Path candidate = number == 1 ? target : numbered(target, number);
      if (!Files.exists(candidate, LinkOption.NOFOLLOW_LINKS)) {
        try {
          unfinished.add(complete, candidate);
          return candidate;
        } catch (FileAlreadyExistsException e) {
          continue; // another program was faster
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
    String stem = FileStem.of(picture.prompt());
    try {
      return folder.resolve(expand(picture, stem));
    } catch (InvalidPathException e) {
      // The locale's character set cannot write the prompt's letters.
      return folder.resolve(expand(picture, stem.replaceAll("[^\\x00-\\x7F]+", "_")));
    }
  }

  private String expand(PictureName picture, String stem) {
    return PLACEHOLDER.matcher(pattern).replaceAll(match -> value(match, picture, stem));
  }

  private static String value(MatchResult match, PictureName picture, String stem) {
    return switch (match.group(1)) {
      case "prompt" -> stem;
      case "seed" -> Long.toString(picture.seed());
      default -> Integer.toString(picture.index());
    };
  }
}
