package io.darkroom.cli.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.Sha256;
import io.darkroom.cli.ProgramProcess;
import io.darkroom.image.PngReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Batches as processes that are killed, stopped and run beside each other. */
@Tag("slow")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class BatchProcessTest {
  private static final Path MODEL = Path.of("src/test/resources/models/tiny-sd1").toAbsolutePath();
  private static final int PROMPTS = 24;

  @TempDir private Path folder;

  private String[] batch(String output, String... more) throws IOException {
    return batch(output, 4, more);
  }

  private String[] batch(String output, int steps, String... more) throws IOException {
    Files.writeString(
        folder.resolve("prompts.txt"),
        IntStream.range(0, PROMPTS)
            .mapToObj(i -> "picture " + i + "\n")
            .collect(Collectors.joining()));
    List<String> arguments =
        new ArrayList<>(
            List.of("batch", "prompts.txt", "-q", "-m", MODEL.toString(), "-o", output));
    arguments.addAll(
        List.of("-s", "5", "--steps", "" + steps, "-W64", "-H64", "--batch-size", "2"));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  @Test
  void killedAtRandomMomentsItGoesOn() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    Random random = new Random();
    int kills = 0;
    for (int round = 0; round < 8; round++) {
      Process process = program.start(batch("out"));
      if (!process.waitFor(1200 + random.nextInt(2500), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        kills++;
      }
      program.finish(process);
    }
    assertTrue(kills > 0, "no run was killed");
    ProgramProcess.Result last = program.run(batch("out"));
    assertEquals(0, last.status(), last.err());
    checkComplete(folder.resolve("out"));
    assertEquals("", program.run(batch("out")).outText(), "nothing is made twice");
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")), "something is left");
    }
  }

  @Test
  void aSecondProcessDoesNotWriteTheSameManifest() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    Process first = program.start(batch("out", 300));
    try {
      Path manifest = folder.resolve("out/manifest.jsonl");
      while (first.isAlive() && !(Files.exists(manifest) && Files.size(manifest) > 0)) {
        Thread.sleep(20);
      }
      ProgramProcess.Result second = program.run(batch("out", 300));
      assertTrue(first.isAlive(), "the first process was too fast");
      assertEquals(2, second.status(), second.err());
      assertTrue(second.err().contains("another darkroom process is writing "), second.err());
      assertEquals("", second.outText());
    } finally {
      first.destroyForcibly();
      program.finish(first);
    }
  }

  private void checkComplete(Path out) throws IOException {
    Map<String, String> recorded = new HashMap<>();
    for (String line : Files.readAllLines(out.resolve("manifest.jsonl"))) {
      JsonObject record = JsonParser.parseString(line).getAsJsonObject();
      recorded.put(record.get("path").getAsString(), record.get("sha256").getAsString());
    }
    Map<String, byte[]> pictures = pictures(out);
    assertEquals(PROMPTS, pictures.size());
    assertEquals(pictures.keySet(), recorded.keySet());
    for (String picture : pictures.keySet()) {
      assertEquals(recorded.get(picture), Sha256.of(out.resolve(picture)));
      try (InputStream stream = Files.newInputStream(out.resolve(picture))) {
        new PngReader(stream).read();
      }
    }
  }

  private static Map<String, byte[]> pictures(Path out) throws IOException {
    Map<String, byte[]> pictures = new HashMap<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".png")).toList()) {
        pictures.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return pictures;
  }

  @Test
  void terminationLeavesWholePicturesOnly() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    Process process = program.start(batch("out", 40));
    try (var lines = process.inputReader()) {
      assertTrue(lines.readLine().endsWith(".png"));
      ProgramProcess.send("TERM", process);
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the process goes on");
    }
    ProgramProcess.Result result = program.finish(process);
    assertEquals(143, result.status(), result.err());
    assertEquals("darkroom: interrupted\n", result.err());
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertTrue(files.noneMatch(file -> file.toString().endsWith(".tmp")));
    }
    assertEquals(0, program.run(batch("out", 40)).status());
    checkComplete(folder.resolve("out"));
  }

  @Test
  void shardsAndWorkersMakeWhatOneProcessMakes() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    assertEquals(0, program.run(batch("alone")).status());
    Process first = program.start(batch("shared", "--shard", "1/2", "--workers", "3"));
    Process second = program.start(batch("shared", "--shard", "2/2", "--workers", "3"));
    for (Process process : List.of(first, second)) {
      ProgramProcess.Result result = program.finish(process);
      assertEquals(0, result.status(), result.err());
      assertEquals(PROMPTS / 2, result.outText().lines().count());
    }
    Map<String, byte[]> alone = pictures(folder.resolve("alone"));
    Map<String, byte[]> shared = pictures(folder.resolve("shared"));
    assertEquals(alone.keySet(), shared.keySet());
    for (String picture : alone.keySet()) {
      byte[] expected = pixels(alone.get(picture));
      byte[] actual = pixels(shared.get(picture));
      assertEquals(expected.length, actual.length);
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i] & 0xFF, actual[i] & 0xFF, 1, picture + ", byte " + i);
      }
    }
    ProgramProcess.Result status = program.run("batch", "--status", "shared");
    assertEquals("prompts.txt: 24 of 24 made, 0 failed, 0 left\n", status.outText());
  }

  private static byte[] pixels(byte[] png) throws IOException {
    return new PngReader(new java.io.ByteArrayInputStream(png)).read().image().rgb();
  }

  @Test
  void aCallerKeepsTheProgramRunning() throws Exception {
    ProgramProcess program = new ProgramProcess(folder);
    Process process =
        program.start(
            "batch",
            "-",
            "-q",
            "-m",
            MODEL.toString(),
            "-o",
            "out",
            "-s1",
            "--steps",
            "2",
            "-W64",
            "-H64");
    try (var answers = process.inputReader()) {
      var prompts = process.outputWriter();
      for (String prompt : List.of("a house", "a boat", "a car")) {
        prompts.write(prompt + "\n");
        prompts.flush();
        Path picture = folder.resolve(answers.readLine());
        assertTrue(Files.size(picture) > 0);
      }
    }
    assertEquals(0, program.finish(process).status());
    assertEquals(3, pictures(folder.resolve("out")).size());
  }
}
