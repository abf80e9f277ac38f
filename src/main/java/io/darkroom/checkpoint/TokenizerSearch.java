package io.darkroom.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks for the tokenizer that a single-file checkpoint does not have in it. */
final class TokenizerSearch {
  private static final String REPOSITORY = "openai/clip-vit-large-patch14";
  private static final String CACHED = "models--" + REPOSITORY.replace("/", "--");

  private TokenizerSearch() {}

  /**
   * The folder in which the Hugging Face tools keep what they have downloaded.
   *
   * @param environment the process's variables
   * @return the folder, which need not exist
   * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">the hub's
   *     cache</a>
   */
  static Path hubCache(Map<String, String> environment) {
    if (isSet(environment, "HF_HUB_CACHE")) {
      return Path.of(environment.get("HF_HUB_CACHE"));
    }
    if (isSet(environment, "HF_HOME")) {
      return Path.of(environment.get("HF_HOME"), "hub");
    }
    Path cache =
        isSet(environment, "XDG_CACHE_HOME")
            ? Path.of(environment.get("XDG_CACHE_HOME"))
            : Path.of(environment.getOrDefault("HOME", System.getProperty("user.home")), ".cache");
    return cache.resolve("huggingface").resolve("hub");
  }

  private static boolean isSet(Map<String, String> environment, String variable) {
    return !environment.getOrDefault(variable, "").isEmpty();
  }

  /**
   * Finds a tokenizer: beside the checkpoint, else in the hub's cache.
   *
   * @param checkpoint the file
   * @param tokenizer {@code tokenizer} or {@code tokenizer_2}
   * @param hubCache the hub's cache
   * @return its folder
   * @throws ModelException if there is none; the message says what to put where
   */
  static Path find(Path checkpoint, String tokenizer, Path hubCache) {
    Path folder = checkpoint.toAbsolutePath().getParent();
    List<Path> places = new ArrayList<>();
    places.add(folder.resolve(tokenizer));
    places.add(folder.resolve("tokenizer"));
    places.add(folder);
    places.addAll(snapshots(hubCache.resolve(CACHED)));
    return places.stream()
        .filter(TokenizerSearch::isTokenizer)
        .findFirst()
        .orElseThrow(
            () ->
                new ModelException(
                    "%s: has no tokenizer in it; put vocab.json and merges.txt of %s beside it,"
                            .formatted(checkpoint, REPOSITORY)
                        + " or give a model's directory that has one with --config"));
  }

  /**
   * Whether a folder holds a tokenizer.
   *
   * @param folder the folder, which need not exist
   * @return whether the files that a tokenizer needs are in it
   */
  static boolean isTokenizer(Path folder) {
    return Files.isRegularFile(folder.resolve("tokenizer.json"))
        || Files.isRegularFile(folder.resolve("vocab.json"))
            && Files.isRegularFile(folder.resolve("merges.txt"));
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
