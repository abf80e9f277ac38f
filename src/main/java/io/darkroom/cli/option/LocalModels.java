package io.darkroom.cli.option;

import io.darkroom.base.ModelException;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.model.ModelFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The models on disk: the bundled ones, any at a path, and the one that a variable names.
 *
 * @param surroundings where the bundled models are, and the environment
 */
public record LocalModels(Surroundings surroundings) {
  private static final String VARIABLE = "DARKROOM_MODEL";
  private static final String DEFAULT_NAME = "scenes";
  private static final String INDEX = "model_index.json";

  /** The model that the environment names: a path, a bundled model's name, or a hub id. */
  Optional<String> named() {
    return Optional.ofNullable(surroundings.environment().get(VARIABLE))
        .filter(name -> !name.isEmpty());
  }

  /**
   * Finds a model that a picture's file names.
   *
   * @param name as {@link io.darkroom.pipeline.TextToImage#modelName} gave it
   * @return the bundled model of this name, else the one in the variable if it has this name
   */
  public Optional<Path> recorded(String name) {
    try {
      return bundled(name)
          .or(
              () ->
                  Optional.ofNullable(surroundings.environment().get(VARIABLE))
                      .map(Path::of)
                      .filter(path -> ModelFiles.name(path).equals(name) && Files.exists(path)));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Finds the model that comes with Darkroom.
   *
   * @return its folder
   * @throws ModelException if it is not there
   */
  public Path bundled() {
    return bundled(DEFAULT_NAME)
        .orElseThrow(
            () ->
                new ModelException(
                    "the bundled model is not in "
                        + folder()
                        + "; choose another one with --model"));
  }

  /**
   * Finds a model on disk.
   *
   * @param name a path, or a bundled model's name
   * @return its folder or file, or empty if there is none
   */
  public Optional<Path> find(String name) {
    Path path;
    try {
      path = Path.of(name);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    if (Files.exists(path.resolve(INDEX))) {
      return Optional.of(path);
    }
    return bundled(name).or(() -> Optional.of(path).filter(Files::exists));
  }

  private Optional<Path> bundled(String name) {
    boolean plain =
        !name.isEmpty() && !name.contains("/") && !name.contains("\\") && !name.startsWith(".");
    return plain && Files.isDirectory(folder().resolve(name))
        ? Optional.of(folder().resolve(name))
        : Optional.empty();
  }

  /**
   * The models that come with Darkroom.
   *
   * @return their names, in order; none where their folder cannot be read
   */
  public List<String> bundledModels() {
    try (Stream<Path> models = Files.list(folder())) {
      return models
          .filter(Files::isDirectory)
          .map(model -> model.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** The names of the bundled models, for a message. */
  String bundledNames() {
    List<String> names = bundledModels();
    return names.isEmpty() ? "none" : String.join(", ", names);
  }

  private Path folder() {
    return surroundings.home().resolve("models");
  }
}
