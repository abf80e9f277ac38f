package io.darkroom.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks for the tokenizer that a single-file checkpoint does not have in it. */
final class TokenizerSearch {
  /** Its vocabulary is that of every CLIP: OpenCLIP took it over. */
  static final String REPOSITORY = "openai/clip-vit-large-patch14";

  /** What {@link #isTokenizer} wants, in the form that every such repository has. */
  static final List<String> FILES = List.of("vocab.json", "merges.txt");

  private static final String CACHED = "models--" + REPOSITORY.replace("/", "--");

  private TokenizerSearch() {}

  /**
   * Finds a tokenizer: beside the checkpoint, else in the hub's cache.
   *
   * @param checkpoint the file
   * @param tokenizer {@code tokenizer} or {@code tokenizer_2}
   * @param hubCache the hub's cache
   * @return its folder, or empty if there is none
   */
  static Optional<Path> find(Path checkpoint, Component tokenizer, Path hubCache) {
    Path folder = checkpoint.toAbsolutePath().getParent();
    List<Path> places = new ArrayList<>();
    places.add(folder.resolve(tokenizer.folder()));
    places.add(folder.resolve(Component.TOKENIZER.folder()));
    places.add(folder);
    places.addAll(snapshots(hubCache.resolve(CACHED)));
    return places.stream().filter(TokenizerSearch::isTokenizer).findFirst();
  }

  /**
   * What to say where there is none.
   *
   * @param checkpoint the file
   * @param failure why it could not be fetched; empty if nobody tried
   * @return the message, which says what to put where
   */
  static String missing(Path checkpoint, String failure) {
    return "%s: contains no tokenizer%s; put vocab.json and merges.txt of %s beside it,"
            .formatted(checkpoint, failure, REPOSITORY)
        + " or give the folder of a model that has one with --config";
  }

  /**
   * Whether a folder holds a tokenizer.
   *
   * @param folder the folder, which need not exist
   * @return whether the files that a tokenizer needs are in it
   */
  static boolean isTokenizer(Path folder) {
    return Files.isRegularFile(folder.resolve("tokenizer.json"))
        || (Files.isRegularFile(folder.resolve("vocab.json"))
            && Files.isRegularFile(folder.resolve("merges.txt")));
  }

  /** The snapshot that the main branch stands at, then all others. */
  private static List<Path> snapshots(Path repository) {
    Path snapshots = repository.resolve("snapshots");
    List<Path> found = new ArrayList<>();
    mainRevision(repository).ifPresent(revision -> found.add(snapshots.resolve(revision)));
    if (Files.isDirectory(snapshots)) {
      try (Stream<Path> folders = Files.list(snapshots)) {
        folders.sorted().forEach(found::add);
      } catch (IOException unreadable) {
        return found; // as if it were not there
      }
    }
    return found;
  }

  private static Optional<String> mainRevision(Path repository) {
    try {
      String revision = Files.readString(repository.resolve("refs").resolve("main")).strip();
      return Optional.of(revision).filter(text -> text.matches("[0-9a-f]{7,64}"));
    } catch (IOException absent) {
      return Optional.empty();
    }
  }
}
