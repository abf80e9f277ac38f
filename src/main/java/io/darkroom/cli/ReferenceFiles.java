package io.darkroom.cli;

import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.LocalModels;
import io.darkroom.cli.reference.ManPage;
import io.darkroom.cli.reference.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;

/** Writes the files that are installed beside the program: man pages and completions. */
public final class ReferenceFiles {
  private ReferenceFiles() {}

  /**
   * Writes them, as a step of the build.
   *
   * @param arguments the folder that takes {@code man} and {@code completion}
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    write(Path.of(arguments[0]), Surroundings.ofProcess());
  }

  /**
   * Writes them.
   *
   * @param target the folder that takes {@code man} and {@code completion}
   * @param surroundings tells where the bundled models are
   * @throws IOException if a file cannot be written
   */
  static void write(Path target, Surroundings surroundings) throws IOException {
    CommandSpec program = Darkroom.describe(surroundings);
    Path pages = Files.createDirectories(target.resolve("man"));
    for (Map.Entry<String, String> page : ManPage.all(program, Version.text()).entrySet()) {
      Files.writeString(pages.resolve(page.getKey()), page.getValue());
    }
    Path completions = Files.createDirectories(target.resolve("completion"));
    for (Shell shell : Shell.values()) {
      Files.writeString(
          completions.resolve(shell.optionName()),
          shell.completion(program, new LocalModels(surroundings).bundledModels()));
    }
  }
}
