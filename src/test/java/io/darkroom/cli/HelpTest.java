package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class HelpTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @Test
  void helpNamesEveryPromisedOption() {
    assertEquals(0, command.run("--help-all"));
    for (String option :
        List.of(
            "-m, --model",
            "--config",
            "--vae",
            "-o, --output",
            "-n, --negative-prompt",
            "-s, --seed",
            "-N, --images",
            "--batch-size",
            "--steps",
            "-g, --guidance-scale",
            "--sampler",
            "--eta",
            "--schedule",
            "--guidance-rescale",
            "--guidance-interval",
            "--deep-cache",
            "--clip-skip",
            "--prompt-syntax",
            "--embedding",
            "-W, --width",
            "-H, --height",
            "--device",
            "--dtype",
            "--json",
            "--show",
            "--preview",
            "--preview-vae",
            "-q, --quiet",
            "-v, --verbose",
            "-h, --help",
            "--help-all",
            "--version")) {
      assertTrue(command.out().contains(option), option);
    }
    assertEquals("", command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void helpHasItsSectionsAndStatuses() {
    command.run("--help-all");
    for (String section :
        List.of(
            "Usage: ", "Model:", "Picture:", "Output:", "Commands:", "Exit status:", "Examples:")) {
      assertTrue(command.out().lines().anyMatch(line -> line.startsWith(section)), section);
    }
    for (ExitStatus status : ExitStatus.values()) {
      assertTrue(command.out().contains(status.meaning()), status.meaning());
    }
  }

  @Test
  void helpListsTheCommandsAndEachHasItsOwn() {
    command.run("--help");
    for (String name :
        List.of(
            "again", "bench", "inspect", "models", "samplers", "doctor", "completion", "help")) {
      assertTrue(command.out().lines().anyMatch(line -> line.startsWith("  " + name)), name);
    }
    for (String name : List.of("again", "inspect")) {
      command.out.reset();
      assertEquals(0, command.run(name, "--help-all"), command::err);
      for (String section :
          List.of(
              "Usage: darkroom " + name + " [OPTIONS] FILE",
              "Output:",
              "Messages:",
              "About:",
              "Exit status:",
              "Examples:")) {
        assertTrue(command.out().lines().anyMatch(line -> line.startsWith(section)), section);
      }
      command.out.reset();
      assertEquals(0, command.run(name, "--version"), command::err);
      assertEquals(Version.text() + "\n", command.out());
    }
  }

  @Test
  void helpFitsTheTerminal() {
    for (String line :
        CommandRun.commands()
            .flatMap(name -> Stream.of(name + " --help", name + " --help-all"))
            .map(String::strip)
            .toList()) {
      for (int columns : List.of(60, 80, 100, 300)) {
        command.out.reset();
        command.columns = OptionalInt.of(columns);
        command.run(line.split(" "));
        int widest = command.out().lines().mapToInt(String::length).max().orElseThrow();
        assertTrue(widest <= Math.min(columns, 100), widest + " in " + columns);
      }
    }
  }

  @Test
  void theVersionIsTheBuilds() {
    assertEquals(0, command.run("--version"));
    assertTrue(command.out().matches("darkroom \\d+\\.\\d+\\.\\d+\n"), command::out);
  }

  /** A terminal of 80 columns and 24 to 40 rows holds it. */
  @Test
  void theShortHelpIsOneScreen() {
    for (String name : List.of("", "batch", "again", "upscale", "bench")) {
      command.out.reset();
      assertEquals(0, command.run((name + " --help").strip().split(" ")));
      long lines = command.out().lines().count();
      assertTrue(lines >= 24 && lines <= 40, name + ": " + lines + "\n" + command.out());
      assertTrue(command.out().contains("\nExamples:\n"), command::out);
      assertEquals(2, examples().size(), command::out);
      assertTrue(
          command.out().endsWith(("darkroom " + name).strip() + " --help-all shows all options.\n"),
          command::out);
    }
  }

  private List<String> examples() {
    return command
        .out()
        .lines()
        .dropWhile(line -> !line.equals("Examples:"))
        .filter(line -> line.startsWith("  darkroom"))
        .toList();
  }

  @Test
  void theShortHelpNamesOptionsThatThereAre() {
    command.run("--help-all");
    for (String name : List.of("batch", "again", "upscale", "bench")) {
      command.run(name, "--help-all");
    }
    for (String option : Help.USUAL_OPTIONS) {
      assertTrue(command.out().matches("(?s).*" + option + "\\b.*"), option);
    }
  }

  @ParameterizedTest
  @MethodSource("io.darkroom.cli.CommandRun#commands")
  void theWholeHelpHasEachVisibleOption(String name) {
    assertEquals(0, command.run((name + " --help-all").strip().split(" ")), command::err);
    String help = command.out();
    CommandSpec spec = Darkroom.describe(Surroundings.ofProcess());
    for (String word : name.isEmpty() ? new String[0] : name.split(" ")) {
      spec = spec.subcommands().get(word).getCommandSpec();
    }
    for (OptionSpec option : spec.options()) {
      String shown = option.longestName().replaceFirst("^--", "");
      assertEquals(!option.hidden(), help.matches("(?s).*[-\\]]" + shown + "[= \n,].*"), shown);
    }
    assertEquals("", command.err());
    assertEquals(0, command.opened);
  }

  /** It is asked for whatever else is on the line. */
  @Test
  void theWholeHelpNeedsNothingElse() {
    assertEquals(0, command.run("inspect", "--help-all"), command::err);
    assertTrue(command.out().contains("Usage: darkroom inspect"), command::out);
  }

  /** Descriptions are sentences, which picocli breaks into lines. */
  @ParameterizedTest
  @MethodSource("io.darkroom.cli.CommandRun#commands")
  void descriptionsAreWholeSentences(String name) {
    CommandSpec spec = Darkroom.describe(Surroundings.ofProcess());
    for (String word : name.isEmpty() ? new String[0] : name.split(" ")) {
      spec = spec.subcommands().get(word).getCommandSpec();
    }
    for (OptionSpec option : spec.options()) {
      if (!option.hidden()) {
        assertEquals(1, option.description().length, option.longestName());
        String text = option.description()[0];
        assertTrue(text.endsWith("."), text);
        assertTrue(Character.isUpperCase(text.charAt(0)), text);
        assertFalse(text.matches("(?s).*(Likewise|, else |; else |Else ).*"), text);
      }
    }
  }
}
