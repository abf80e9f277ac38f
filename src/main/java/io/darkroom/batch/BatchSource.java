package io.darkroom.batch;

import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where a batch's prompts come from.
 *
 * @param name the prompt file's name without its folder; {@code -} for standard input
 * @param file the prompt file; empty where the prompts are in no file that stays
 */
public record BatchSource(String name, Optional<Path> file) {
  /** Standard input. */
  public static final BatchSource STANDARD_INPUT = new BatchSource("-", Optional.empty());

  /**
   * A prompt file. Of a pipe neither the name nor what it held is there the next time.
   *
   * @param file the file, which exists
   * @return the source
   */
  public static BatchSource of(Path file) {
    return Files.isRegularFile(file)
        ? new BatchSource(file.getFileName().toString(), Optional.of(file))
        : STANDARD_INPUT;
  }

  /**
   * The way from a batch's folder to the file, so that both can be moved or copied together, and
   * machines may know them under different paths.
   *
   * @param folder the folder, which exists
   * @return the relative path, parts joined by {@code /}; empty where there is no file
   * @throws IOException if the file system cannot tell
   */
  Optional<String> from(Path folder) throws IOException {
    if (file.isEmpty()) {
      return Optional.empty();
    }
    Path real = file.get().toRealPath();
    Path home = folder.toRealPath();
    boolean sameRoot = real.getRoot().equals(home.getRoot());
    return Optional.of((sameRoot ? home.relativize(real) : real).toString().replace('\\', '/'));
  }

  /**
   * Makes sure that a folder's batch is this one. A file that is no longer where it was has moved:
   * then its name has to do.
   *
   * @param folder the folder, which exists
   * @param description what the folder says
   * @throws InvalidRequestException if the folder belongs to another file
   * @throws IOException if the file system cannot tell
   */
  void require(Path folder, BatchFolder description) throws IOException {
    if (!name.equals(description.source())) {
      throw belongs(folder, description.source(), name);
    }
    Optional<Path> other = description.file().flatMap(path -> existing(folder, path));
    if (file.isPresent() && other.isPresent() && !Files.isSameFile(other.get(), file.get())) {
      throw belongs(folder, other.get().toString(), file.get().toString());
    }
  }

  private static Optional<Path> existing(Path folder, String path) {
    try {
      Path real = folder.toRealPath().resolve(path).normalize();
      return Optional.of(real).filter(Files::exists);
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
  }

  private static InvalidRequestException belongs(Path folder, String theirs, String ours) {
    return new InvalidRequestException(
        "the folder %s belongs to the batch of %s, not of %s; choose another with --output"
            .formatted(folder, theirs, ours));
  }
}
