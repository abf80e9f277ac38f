package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.ProgramProcess.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadableTextTest {
  @TempDir private Path folder;
  private CommandRun command;

  @BeforeEach
  void prepare() throws IOException {
    command = new CommandRun(folder);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "caf\uFFFD",
        "x -n caf\uFFFD",
        "x -o caf\uFFFD.png",
        "x -m caf\uFFFD",
        "x --lora caf\uFFFD",
        "x --embedding caf\uFFFD=a.pt",
        "x --vae caf\uFFFD",
        "again a.png --prompt caf\uFFFD",
        "inspect a.png caf\uFFFD.png",
        "batch caf\uFFFD.txt",
        "models show caf\uFFFD"
      })
  void whatCouldNotBeDecodedIsRefused(String line) {
    assertEquals(2, command.run(line.split(" ")));
    assertTrue(
        command.err().matches("darkroom: the argument '\\S*caf\uFFFD\\S*' (contains|cannot) .*\n"),
        command::err);
    assertEquals(List.of(), command.files());
    assertEquals(0, command.opened);
  }

  @ParameterizedTest
  @ValueSource(strings = {"DARKROOM_MODEL", "HF_HOME"})
  void soIsAVariable(String name) {
    command.environment.put(name, "caf\uFFFD");
    assertEquals(2, command.run("x"));
    assertTrue(
        command.err().startsWith("darkroom: the variable " + name + ", 'caf\uFFFD', "),
        command::err);
    assertEquals(0, command.opened);
  }

  @Test
  void othersVariablesDoNotMatter() {
    command.environment.put("PS1", "caf\uFFFD");
    assertEquals(0, command.run("x"), command::err);
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void aProcessRefusesBytesThatAreNoText() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    ProcessBuilder builder = program.command(Darkroom.class, "x", "-o");
    builder
        .command()
        .addAll(0, List.of("sh", "-c", "exec \"$@\" \"$(printf 'caf\\351.png')\"", "sh"));
    Result result = program.finish(program.start(builder));
    assertEquals(2, result.status(), result.err());
    assertEquals(
        "darkroom: the argument 'caf\uFFFD.png' contains bytes that are not UTF-8; type it"
            + " again, and rename a file that has such a name\n",
        result.err());
  }
}
