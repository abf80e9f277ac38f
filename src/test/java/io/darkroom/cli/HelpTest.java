package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.console.ExitStatus;
import io.darkroom.cli.console.Version;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HelpTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @Test
  void helpNamesEveryPromisedOption() {
    assertEquals(0, command.run("--help"));
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
            "--version")) {
      assertTrue(command.out().contains(option), option);
    }
    assertEquals("", command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void helpHasItsSectionsAndStatuses() {
    command.run("-h");
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
        List.of("again", "bench", "inspect", "models", "samplers", "generate-completion")) {
      assertTrue(command.out().lines().anyMatch(line -> line.startsWith("  " + name)), name);
    }
    for (String name : List.of("again", "inspect")) {
      command.out.reset();
      assertEquals(0, command.run(name, "--help"), command::err);
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
    // The text of generate-completion is picocli's own.
    for (String name :
        CommandRun.commands().filter(name -> !name.equals("generate-completion")).toList()) {
      String[] line = (name + " --help").strip().split(" ");
      for (int columns : List.of(60, 80, 100, 300)) {
        command.out.reset();
        command.columns = OptionalInt.of(columns);
        command.run(line);
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

  @Test
  void completionIsGenerated() {
    assertEquals(0, command.run("generate-completion"));
    assertTrue(command.out().contains("--guidance-scale"));
    assertTrue(command.out().contains("_picocli_darkroom_again()"));
    assertTrue(command.out().contains("_picocli_darkroom_models_pull()"));
    assertTrue(command.out().contains("complete -F _complete_darkroom"));
  }
}
