package io.darkroom.model;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The variables of the hub's own tools, and the folders that follow from them: <a
 * href="https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables">
 * environment variables</a>. An empty variable counts as none.
 *
 * @param variables the process's variables
 * @param userHome the user's home folder
 */
public record HubEnvironment(Map<String, String> variables, Path userHome) {
  private static final Set<String> TRUE = Set.of("1", "on", "yes", "true");

  /**
   * The environment of a process.
   *
   * @param variables its variables; {@code HOME} tells the user's home folder, else the JVM does
   * @return the environment
   */
  public static HubEnvironment of(Map<String, String> variables) {
    String home = variables.getOrDefault("HOME", System.getProperty("user.home", "."));
    return new HubEnvironment(variables, Path.of(home));
  }

  /**
   * The folder of all that the hub's tools keep.
   *
   * @return the folder, which need not exist
   */
  public Path home() {
    return path("HF_HOME")
        .orElseGet(
            () -> path("XDG_CACHE_HOME").orElse(userHome.resolve(".cache")).resolve("huggingface"));
  }

  /**
   * The folder in which the hub's tools keep what they have downloaded.
   *
   * @return the folder, which need not exist
   * @see <a href="https://huggingface.co/docs/huggingface_hub/guides/manage-cache">the hub's
   *     cache</a>
   */
  public Path cache() {
    return path("HF_HUB_CACHE")
        .or(() -> path("HUGGINGFACE_HUB_CACHE"))
        .orElseGet(() -> home().resolve("hub"));
  }

  /**
   * A variable's text.
   *
   * @param name the variable
   * @return its text without space around it, unless there is none
   */
  public Optional<String> text(String name) {
    return Stream.ofNullable(variables.get(name))
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .findFirst();
  }

  /**
   * A variable that names a file or folder.
   *
   * @param name the variable
   * @return the path, in which {@code ~} is the user's home folder; empty if it is none
   */
  public Optional<Path> path(String name) {
    try {
      return text(name)
          .map(path -> path.startsWith("~/") ? userHome.resolve(path.substring(2)) : Path.of(path));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * A variable that says yes or no.
   *
   * @param name the variable
   * @return whether it says yes
   */
  public boolean flag(String name) {
    return text(name).map(text -> text.toLowerCase(Locale.ROOT)).filter(TRUE::contains).isPresent();
  }
}
