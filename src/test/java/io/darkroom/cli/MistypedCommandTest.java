package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MistypedCommandTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
    Files.writeString(command.work().resolve("prompts"), "a house\n");
    Files.createDirectory(command.work().resolve("house"));
  }

  @ParameterizedTest
  @CsvSource({
    "inspct, inspect",
    "inspct a.png, inspect",
    "Inspect a.png b.jpeg, inspect",
    "inpsetc pictures/a.png, inspect",
    "insepct - , inspect",
    "bacth prompts, batch",
    "batsch --steps 3 prompts.txt, batch",
    "agian a.png -s 7, again",
    "samplres, samplers",
    "SAMPLERS, samplers",
    "model, models",
    "modles list, models",
    "modles pull organization/name, models",
    "hlep, help",
    "hlep batch, help",
    "benhc, bench",
    "generate-completions, generate-completion",
  })
  void anAlmostCommandIsAskedAbout(String line, String meant) {
    assertEquals(2, command.run(line.split(" ")), command::err);
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(command.err().contains("; did you mean darkroom " + meant + "? "), command::err);
    assertEquals(0, command.opened);
    assertEquals(List.of("prompts"), command.files());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "benches in a park",
        "benches",
        "beach house",
        "batch",
        "-- inspct",
        "inspct -- a.png",
        "-- inspct a.png",
        "models on a beach",
        "again and again",
        "help",
        "inspectors",
        "respect",
        "a",
        "an insect.",
        "model railway",
        "a house batch",
        "samples of cloth",
        "match 3.5",
        "held prompt",
      })
  void aPromptIsPainted(String line) {
    String[] words = line.split(" ");
    String[] quoted = {"--", line};
    boolean command = List.of("batch", "models", "again", "help").contains(words[0]);
    assertEquals(0, this.command.run(command ? quoted : words), this.command::err);
    assertEquals(1, this.command.opened);
  }

  @Test
  void theQuestionTellsBothWays() {
    assertEquals(2, command.run("inspct", "a.png"));
    assertEquals(
        "darkroom: there is no command 'inspct'; did you mean darkroom inspect? To use these words"
            + " as a prompt, write: darkroom -- inspct a.png\n",
        command.err());
  }

  @Test
  void aLongPromptIsNoMatterOfTime() {
    assertEquals(0, command.run("batch".repeat(20_000)), command::err);
  }
}
