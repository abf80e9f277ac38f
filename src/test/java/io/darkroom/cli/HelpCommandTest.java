package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HelpCommandTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @ParameterizedTest
  @MethodSource("io.darkroom.cli.CommandRun#commands")
  void itIsTheCommandsOwnHelp(String name) {
    assertEquals(0, command.run((name + " --help").strip().split(" ")), command::err);
    String expected = command.out();
    command.out.reset();
    assertEquals(0, command.run(("help " + name).strip().split(" ")), command::err);
    assertEquals(expected, command.out());
    assertEquals("", command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void aGroupHasItToo() {
    assertEquals(0, command.run("models", "help", "pull"), command::err);
    assertTrue(command.out().contains("Usage: darkroom models pull"), command::out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "help nonsense | darkroom has no command 'nonsense'; there are batch, ",
        "help nonsense | ; a prompt that begins with help goes after -- ",
        "help me find a house | darkroom has no command 'me'; there are batch, ",
        "help models nonsense | darkroom models has no command 'nonsense'; there are pull, ",
        "models help nonsense | darkroom models has no command 'nonsense'; there are pull, ",
        "help batch x | darkroom batch has no commands of its own: 'x'",
        "help --json | unknown option: '--json'"
      })
  void whatThereIsNotIsOneLineAndStatus2(String line, String part) {
    assertEquals(2, command.run(line.split(" ")));
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(command.err().contains(part), command::err);
    assertEquals("", command.out());
    assertEquals(0, command.opened);
  }
}
