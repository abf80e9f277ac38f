package io.darkroom.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.ProgramProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class BenchCommandTest {
  private CommandRun command;
  private Path folder;

  @BeforeEach
  void create(@TempDir Path folder) throws IOException {
    this.folder = folder;
    command = new CommandRun(folder);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--size 512x512,768 | --size 512x512,768: '768' is not a size; write WIDTHxHEIGHT",
        "--size 512x512, | --size 512x512,: '' is not a size",
        "--size 0x64 | --size 0x64: a picture of 0x64 is empty",
        "--batch-size 1,two | --batch-size 1,two: 'two' is not a number of pictures",
        "--batch-size 0 | a batch size must be at least 1, not 0",
        "--dtype fp32,fp8 | --dtype fp32,fp8: 'fp8' is not known; use auto, fp32, fp16 or bf16",
        "--device tpu | --device 'tpu' is not known",
        "--arch sd9 | --arch 'sd9' is not known; use sd15, sd21, sdxl, bundled",
        "--arch sd15 -m model | --arch needs no model",
        "--arch sd15 --vae vae | --arch needs no model",
        "--steps 0 | steps must be at least 1, not 0",
        "--steps many | --steps many: 'many' is not a number of steps",
        "--steps 4, | --steps 4,: '' is not a number of steps",
        "--chunks 0 | chunks must be 1 to 100, not 0",
        "--chunks 1,-2 | --chunks 1,-2: '-2' is not a number of chunks",
        "--loras 101 | LoRAs must be 0 to 100, not 101",
        "--loras some | --loras some: 'some' is not a number of LoRAs",
        "--loras 1 --lora-rank 0 | the LoRAs' rank must be 1 to 1024, not 0",
        "--lora-rank 8 | --lora-rank needs --loras",
        "--threads 0 | darkroom: --threads must be between 1 and 1024, not 0",
        "--repeats 0 | repeats must be 1 to 1000, not 0",
        "a prompt | unmatched argument",
      })
  void whatMakesNoSenseIsOneLineAndStatus2(String arguments, String message) {
    command.environment.put("DARKROOM_MODEL", Path.of("models", "scenes").toString());
    String[] line =
        Stream.concat(Stream.of("bench"), Stream.of(arguments.split(" "))).toArray(String[]::new);
    assertEquals(2, command.run(line), command::err);
    String last = command.err().lines().reduce((first, second) -> second).orElseThrow();
    assertTrue(last.contains(message), command::err);
    assertEquals(1, command.err().lines().filter(text -> text.equals(last)).count());
    assertEquals("", command.out());
  }

  @Test
  void aModelThatIsNotThereIsStatus3() {
    assertEquals(3, command.run("bench", "-m", "nowhere"));
    assertTrue(command.err().startsWith("darkroom: there is no model nowhere"), command::err);
    assertEquals(1, command.err().lines().count());
    assertEquals("", command.out());
  }

  @Test
  void aSizeThatTheModelCannotPaintIsNoReasonToLoadIt() throws IOException, InterruptedException {
    for (List<String> model : List.of(List.of("--arch", "sdxl"), List.of("-m", "scenes"))) {
      List<String> arguments = new ArrayList<>(List.of("bench", "--size", "512x512,100x100"));
      arguments.addAll(model);
      ProgramProcess.Result result =
          new ProgramProcess(folder).run(arguments.toArray(String[]::new));
      assertEquals(2, result.status(), result.err());
      assertEquals(
          "darkroom: width 100 is not a multiple of 8; the nearest is 96 or 104",
          result.err().strip());
      assertEquals("", result.outText());
    }
  }

  @Test
  void theProgramPrintsOneObject() throws IOException, InterruptedException {
    ProgramProcess.Result result =
        new ProgramProcess(folder)
            .run(
                "bench",
                "--arch",
                "bundled",
                "--size",
                "64x64",
                "--batch-size",
                "2",
                "--dtype",
                "fp32",
                "--device",
                "cpu",
                "--repeats",
                "1",
                "--threads",
                "1",
                "--steps",
                "1",
                "--json");
    assertEquals(0, result.status(), result.err());
    assertEquals(1, result.outText().lines().count());
    JsonObject json = JsonParser.parseString(result.outText()).getAsJsonObject();
    assertEquals("bundled", json.get("model").getAsString());
    assertEquals("random", json.get("weights").getAsString());
    assertEquals("cpu", json.get("device").getAsString());
    assertEquals(1, json.get("threads").getAsInt());
    JsonArray cases = json.getAsJsonArray("cases");
    assertEquals(1, cases.size());
    JsonObject row = cases.get(0).getAsJsonObject();
    assertEquals(64, row.get("width").getAsInt());
    assertEquals(2, row.get("batch_size").getAsInt());
    assertTrue(
        row.getAsJsonObject("seconds").getAsJsonObject("step").get("median").getAsDouble() > 0);
    assertTrue(result.err().lines().allMatch(line -> line.startsWith("darkroom: ")), result.err());
    assertTrue(result.err().contains("64x64, batch 2, steps 1, fp32 on cpu"), result.err());
    assertEquals(List.of(), command.files());
  }
}
