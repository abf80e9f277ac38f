package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.reference.OptionsPage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Model.OptionSpec;

/** Documents made from the definitions of the commands. */
class ReferenceFilesTest {
  private static final Path PAGE = Path.of("docs", "options.md");

  @TempDir private Path folder;

  private Path write() throws IOException {
    ReferenceFiles.write(folder, Surroundings.ofProcess());
    return folder;
  }

  /**
   * Where a change is meant, {@code mvn test -Dtest=ReferenceFilesTest -Ddarkroom.freeze=true}
   * writes the page anew.
   */
  @Test
  void thePageOfAllOptionsIsUpToDate() throws IOException {
    String page = OptionsPage.of(Darkroom.describe(Surroundings.ofProcess()));
    if (Boolean.getBoolean("darkroom.freeze")) {
      Files.writeString(PAGE, page);
    }
    assertEquals(page, Files.readString(PAGE));
  }

  @Test
  void eachCommandHasItsManPage() throws IOException {
    Set<String> expected =
        CommandRun.commands()
            .filter(name -> !name.equals("generate-completion"))
            .map(name -> ("darkroom " + name).strip().replace(' ', '-') + ".1")
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(write().resolve("man"))) {
      assertEquals(
          expected, files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
    String page = Files.readString(folder.resolve("man/darkroom.1"));
    for (OptionSpec option : Darkroom.describe(Surroundings.ofProcess()).options()) {
      String name = "\\fB" + option.longestName().replace("-", "\\-") + "\\fR";
      assertEquals(!option.hidden(), page.contains(name), name);
    }
  }

  @Test
  void troffHasNothingToSayAgainstThem() throws Exception {
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "groff"))),
        "groff is not installed");
    List<Path> pages;
    try (Stream<Path> files = Files.list(write().resolve("man"))) {
      pages = files.toList();
    }
    for (Path page : pages) {
      Process groff = new ProcessBuilder("groff", "-man", "-Tutf8", "-ww", page.toString()).start();
      groff.getOutputStream().close();
      String text = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String warnings = new String(groff.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, groff.waitFor(), page.toString());
      assertEquals("", warnings, page.toString());
      assertTrue(text.contains("darkroom"), page.toString());
    }
  }

  @Test
  void theCompletionsAreThoseOfTheCommand() throws IOException {
    for (String shell : List.of("bash", "zsh", "fish")) {
      Path script = write().resolve("completion").resolve(shell);
      assertTrue(Files.readString(script).contains("for " + shell), shell);
      assertTrue(Files.readString(script).contains("scenes"), shell);
    }
  }
}
