package io.darkroom.hub;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A model on the hub: {@code organization/name[@revision]}.
 *
 * @param repository the organization or user and the repository's name, parted by a slash
 * @param revision a branch, a tag or a commit
 */
public record HubId(String repository, String revision) {
  /** The branch that is meant where no revision is said. */
  public static final String MAIN = "main";

  private static final String PREFIX = "models--";
  private static final String SEPARATOR = "--";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,95}");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/+-]{0,199}");
  private static final Pattern ID = Pattern.compile("([^/@]+/[^/@]+)(?:@(.+))?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  /** Checks both parts, since they become parts of paths and addresses. */
  public HubId {
    if (!isRepository(repository) || !isRevision(revision)) {
      throw new IllegalArgumentException(
          "not the id of a model on the hub: " + repository + "@" + revision);
    }
  }

  /**
   * Reads an id.
   *
   * @param text anything
   * @return the id, or empty if the text does not look like one
   */
  public static Optional<HubId> parse(String text) {
    Matcher parts = ID.matcher(text);
    if (!parts.matches()) {
      return Optional.empty();
    }
    String revision = parts.group(2) == null ? MAIN : parts.group(2);
    return isRepository(parts.group(1)) && isRevision(revision)
        ? Optional.of(new HubId(parts.group(1), revision))
        : Optional.empty();
  }

  /**
   * Reads the name of a repository's folder in the cache.
   *
   * @param folder such as {@code models--organization--name}
   * @return the repository, at its main revision; empty if the folder is no model's
   */
  static Optional<HubId> ofFolder(String folder) {
    return folder.startsWith(PREFIX)
        ? parse(folder.substring(PREFIX.length()).replaceFirst(SEPARATOR, "/"))
        : Optional.empty();
  }

  /** The name of the repository's folder in the cache. */
  String folder() {
    return PREFIX + repository.replace("/", SEPARATOR);
  }

  /** Tells whether the revision is a commit, which never changes. */
  boolean isCommit() {
    return isCommit(revision);
  }

  /** Tells whether a text is a commit's full hash. */
  static boolean isCommit(String text) {
    return COMMIT.matcher(text).matches();
  }

  /**
   * The same repository at another revision.
   *
   * @param other the revision
   * @return the id
   */
  public HubId at(String other) {
    return new HubId(repository, other);
  }

  private static boolean isRepository(String text) {
    String[] names = text.split("/", -1);
    return names.length == 2 && isName(names[0]) && isName(names[1]);
  }

  /** The hub allows neither two dots nor two dashes in a row. */
  private static boolean isName(String name) {
    return NAME.matcher(name).matches() && !name.contains("..") && !name.contains(SEPARATOR);
  }

  private static boolean isRevision(String text) {
    return REVISION.matcher(text).matches()
        && !text.contains("..")
        && !text.contains("//")
        && !text.endsWith("/");
  }

  /** As a user writes it. */
  @Override
  public String toString() {
    return revision.equals(MAIN) ? repository : repository + "@" + revision;
  }
}
