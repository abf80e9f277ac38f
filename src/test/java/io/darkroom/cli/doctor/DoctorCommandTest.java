package io.darkroom.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.console.ProcessLimits.Limits;
import io.darkroom.runtime.HostMemory;
import io.darkroom.runtime.Processor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorCommandTest {
  private static final List<String> CHECKS =
      List.of(
          "darkroom",
          "models",
          "cache",
          "token",
          "folder",
          "terminal",
          "config",
          "java",
          "processor",
          "memory",
          "limits",
          "gpu",
          "libtorch",
          "precision",
          "threads");

  @TempDir private Path folder;
  private CommandRun command;

  @BeforeEach
  void prepare() throws IOException {
    command = new CommandRun(folder);
    command.environment.put("HF_HOME", folder.resolve("hf").toString());
  }

  private Map<String, JsonObject> findings(int status) {
    command.out.reset();
    assertEquals(status, command.run("doctor", "--json"), () -> command.err() + command.out());
    return command
        .out()
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .collect(Collectors.toMap(line -> line.get("check").getAsString(), line -> line));
  }

  @Test
  void eachThingHasItsLine() {
    assertEquals(0, command.run("doctor"), command::out);
    assertEquals(
        CHECKS,
        command
            .out()
            .lines()
            .filter(line -> !line.startsWith(" "))
            .map(line -> line.split(" +", 0)[1])
            .toList());
    assertEquals("", command.err());
    assertEquals(List.of(), command.files());
    assertFalse(Files.exists(folder.resolve("hf")), "nothing is made");
  }

  @Test
  void aScriptGetsObjects() {
    Map<String, JsonObject> findings = findings(0);
    assertEquals(Set.copyOf(CHECKS), findings.keySet());
    assertEquals("good", findings.get("darkroom").get("state").getAsString());
    assertEquals(
        "[\"other\",\"scenes\"]", findings.get("models").getAsJsonArray("bundled").toString());
    assertTrue(findings.get("libtorch").get("loaded").getAsBoolean());
    assertTrue(findings.get("precision").get("dtype").getAsString().matches("fp32|bf16|fp16"));
    assertTrue(findings.get("threads").get("threads").getAsInt() >= 1);
    assertTrue(findings.get("cache").get("free_bytes").getAsLong() > 0);
  }

  @Test
  void aTokenIsNeverShown() {
    assertFalse(findings(0).get("token").get("token").getAsBoolean());
    command.environment.put("HF_TOKEN", "hf_verysecret");
    assertTrue(findings(0).get("token").get("token").getAsBoolean());
    assertEquals(0, command.run("doctor"));
    assertFalse((command.out() + command.err()).contains("verysecret"));
    command.environment.put("HF_TOKEN", "hf_very secret");
    assertFalse(findings(1).get("token").toString().contains("very secret"));
  }

  @Test
  void theConfigFileIsShown() throws IOException {
    Path file = Files.writeString(folder.resolve("my.properties"), "steps=3\nsampler=heun\n");
    command.environment.put("DARKROOM_CONFIG", file.toString());
    JsonObject config = findings(0).get("config");
    assertEquals(
        "{\"steps\":\"3\",\"sampler\":\"heun\"}", config.getAsJsonObject("settings").toString());
    assertEquals(file + " sets steps = 3, sampler = heun", config.get("text").getAsString());
    Files.writeString(file, "stepz=3\n");
    config = findings(1).get("config");
    assertEquals("problem", config.get("state").getAsString());
    assertTrue(config.get("text").getAsString().contains("line 1"), config::toString);
    Files.delete(file);
    assertEquals("problem", findings(1).get("config").get("state").getAsString());
  }

  @Test
  void whatIsMissingIsAProblemAndStatus1() throws IOException {
    Files.delete(folder.resolve("home/models/scenes"));
    Files.delete(folder.resolve("home/models/other"));
    JsonObject models = findings(1).get("models");
    assertEquals("problem", models.get("state").getAsString());
    assertTrue(models.has("advice"));
  }

  @Test
  void aWrongVariableIsToldAndTheRestIsCheckedAllTheSame() {
    command.environment.put("HF_ENDPOINT", "nonsense");
    command.environment.put("DARKROOM_GRAPHICS", "ascii");
    command.columns = OptionalInt.of(80);
    Map<String, JsonObject> findings = findings(1);
    assertEquals(Set.copyOf(CHECKS), findings.keySet());
    assertTrue(findings.get("cache").get("text").getAsString().contains("HF_ENDPOINT"));
    assertTrue(findings.get("terminal").get("text").getAsString().contains("DARKROOM_GRAPHICS"));
  }

  @Test
  void theTerminalsGraphicsAreTold() {
    command.columns = OptionalInt.of(80);
    command.environment.put("DARKROOM_GRAPHICS", "sixel");
    assertEquals("sixel", findings(0).get("terminal").get("graphics").getAsString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version `GLIBC_2.38' not found | C library is too old",
        "libx.so: failed to map segment from shared object | noexec",
        "libgomp.so.1: cannot open shared object file: No such file or directory | is missing",
        "invalid ELF header | Remove the folder /cache"
      })
  void whatTheLoaderSaysIsExplained(String message, String advice) {
    String told = EngineChecks.advice(message, Path.of("/cache"));
    assertTrue(told.contains(advice), told);
  }

  @Test
  void littleMemoryIsANote() {
    HostMemory little =
        new HostMemory(
            OptionalLong.of(16_000_000_000L),
            OptionalLong.of(0),
            OptionalLong.of(1_000_000_000L),
            OptionalLong.of(2_000_000_000L));
    Finding finding = MachineChecks.memory(little);
    assertEquals(Finding.State.NOTE, finding.state());
    assertEquals(
        "16.0 GB, of which the control group allows 2.0 GB; 1.0 GB are available now",
        finding.text());
    HostMemory unknown =
        new HostMemory(
            OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());
    assertEquals(Finding.State.NOTE, MachineChecks.memory(unknown).state());
  }

  @Test
  void narrowLimitsAreNotes() {
    Finding narrow =
        MachineChecks.limits(
            new Limits(OptionalLong.of(4_000_000_000L), OptionalLong.of(64), OptionalLong.of(100)));
    assertEquals(Finding.State.NOTE, narrow.state());
    assertTrue(narrow.advice().orElseThrow().contains("ulimit -v"), narrow::toString);
    assertTrue(narrow.advice().orElseThrow().contains("ulimit -n"), narrow::toString);
    assertEquals(
        Finding.State.GOOD,
        MachineChecks.limits(
                new Limits(OptionalLong.empty(), OptionalLong.of(1024), OptionalLong.empty()))
            .state());
  }

  @Test
  void anOldProcessorIsANote() {
    Processor old = new Processor(Optional.of("Old"), Set.of("sse2"));
    assertEquals(Finding.State.NOTE, MachineChecks.processor(old, 2).state());
    Processor arm = new Processor(Optional.empty(), Set.of("asimd"));
    assertEquals(Finding.State.GOOD, MachineChecks.processor(arm, 2).state());
  }

  @Test
  void theDriverTellsItsGpus() throws IOException {
    Path driver = folder.resolve("nvidia");
    assertEquals("no NVIDIA GPU; the processor paints", MachineChecks.gpus(driver).text());
    Path gpu = Files.createDirectories(driver.resolve("gpus/0000:01:00.0"));
    Files.writeString(gpu.resolve("information"), "Model: \t\t NVIDIA L4\nIRQ: 1\n");
    assertEquals(Finding.State.NOTE, MachineChecks.gpus(driver).state());
    Files.writeString(
        driver.resolve("version"),
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n");
    assertEquals("NVIDIA L4; driver 550.54.15", MachineChecks.gpus(driver).text());
    Files.writeString(
        driver.resolve("version"),
        "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build\n");
    assertEquals("NVIDIA L4; driver 570.86.15", MachineChecks.gpus(driver).text());
  }
}
