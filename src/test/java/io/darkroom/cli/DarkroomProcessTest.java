package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.darkroom.base.Sha256;
import io.darkroom.cli.ProgramProcess.Result;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.PytorchWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program as a process, as the launcher starts it, with a tiny model of random weights. */
@Tag("slow")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class DarkroomProcessTest {
  private static final Path MODEL = Path.of("src/test/resources/models/tiny-sd1").toAbsolutePath();
  private static final int SIGINT = 2;

  @TempDir private Path folder;
  private ProgramProcess program;

  @BeforeEach
  void prepare() {
    program = new ProgramProcess(folder);
  }

  @Test
  void helpAndVersionNeedNoModel() throws Exception {
    Result help = run("--help");
    assertEquals(0, help.status());
    assertTrue(help.outText().contains("Usage: darkroom [OPTIONS] PROMPT..."));
    assertEquals("", help.err());

    Result version = run("--version");
    assertEquals(0, version.status());
    assertTrue(version.outText().startsWith("darkroom "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2||there is no prompt",
        "2|x --frobnicate|unknown option",
        "2|x --steps 0|steps must be 1 to 10000, not 0",
        "2|x --steps 1001 -m MODEL|1001",
        "2|x --sampler magic -m MODEL|magic",
        "2|x -W 63 -m MODEL|63",
        "2|x --device cuda -m MODEL|--device",
        "2|x -o a.png -N 2|{seed}",
        "2|x -o a.txt -m MODEL|.png, .jpg, .jpeg or .webp",
        "2|x -o a -m MODEL|or in / for a folder",
        "2|x -o {seed}.gif -m MODEL|.png, .jpg, .jpeg or .webp",
        "3|x -m no/such/model|no/such/model",
        "3|x -m .|",
        "1|x -o /proc/missing/x.png -m MODEL|/proc",
        "1|x -o /proc/ -m MODEL|/proc",
      })
  void eachErrorIsOneLineAndItsStatus(int status, String arguments, String part) throws Exception {
    List<String> words = new ArrayList<>();
    if (arguments != null) {
      for (String word : arguments.split(" ", 0)) {
        words.add(word.replace("MODEL", MODEL.toString()));
      }
    }
    Result result = run(words.toArray(String[]::new));
    assertEquals(status, result.status(), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
    assertTrue(result.err().startsWith("darkroom: "), result.err());
    assertTrue(part == null || result.err().contains(part), result.err());
    assertEquals("", result.outText());
    assertEquals(List.of(), files());
  }

  @Test
  void aPictureIsMadeAndASecondDoesNotReplaceIt() throws Exception {
    for (String expected : List.of("a-red-house-7.png", "a-red-house-7-2.png")) {
      Result result =
          run("-m", MODEL.toString(), "-s7", "--steps", "2", "-W64", "-H64", "a red house");
      assertEquals(0, result.status(), result.err());
      assertEquals(expected + "\n", result.outText());
      assertEquals(1, result.err().lines().count(), result.err());
    }
    assertEquals(List.of("a-red-house-7-2.png", "a-red-house-7.png"), files());
    assertArrayEquals(pixels("a-red-house-7.png"), pixels("a-red-house-7-2.png"));
  }

  /** What another format loses of the pixels, its recipe does not. */
  @ParameterizedTest
  @ValueSource(strings = {"jpg", "webp"})
  void aPictureInAnotherFormatTellsTheSameRecipe(String ending) throws Exception {
    String file = "x." + ending;
    for (String output : List.of("x.png", file)) {
      Result result =
          run(
              "-m",
              MODEL.toString(),
              "-s7",
              "--steps=2",
              "-W64",
              "-H64",
              "-n",
              "fog",
              "-o",
              output,
              "a <red> house & 家");
      assertEquals(0, result.status(), result.err());
      assertEquals(output + "\n", result.outText());
    }
    byte[] written = Files.readAllBytes(folder.resolve(file));
    assertEquals(
        ending.equals("jpg") ? "\u00ff\u00d8\u00ff" : "RIF",
        new String(written, 0, 3, StandardCharsets.ISO_8859_1));
    String ofPng = run("inspect", "--json", "x.png").outText();
    assertEquals(ofPng.replace("x.png", file), run("inspect", "--json", file).outText());
    Result again = run("again", file, "-m", MODEL.toString(), "-o", "y.png");
    assertEquals(0, again.status(), again.err());
    assertArrayEquals(pixels("x.png"), pixels("y.png"));
    assertEquals(Set.of(file, "x.png", "y.png"), Set.copyOf(files()));
  }

  /** It would start half of AWT, for nothing. */
  @Test
  void aPngNeedsNeitherImageIoNorAwt() throws Exception {
    Path classes = folder.resolve("classes.log");
    ProcessBuilder command =
        program.command(
            Darkroom.class,
            "-m",
            MODEL.toString(),
            "--steps=1",
            "-W64",
            "-H64",
            "-o",
            "x.png",
            "x");
    command.environment().put("JDK_JAVA_OPTIONS", "-Xlog:class+load=info:file=" + classes);
    Process process = command.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    List<String> loaded = Files.readAllLines(classes);
    assertTrue(loaded.size() > 1000);
    assertEquals(
        List.of(),
        loaded.stream()
            .filter(
                line -> line.matches(".* (javax\\.imageio|java\\.awt|com\\.luciad|kotlin)\\..*"))
            .toList());
  }

  @Test
  void aPictureOfTheBundledModelIsMadeAgainBitByBit() throws Exception {
    Result first = run("-q", "-s7", "--steps", "3", "-o", "a.png", "a red house by a tree");
    assertEquals(0, first.status(), first.err());
    for (String line : List.of("-o b.png", "-s 8 -o c.png", "--steps 4 -o d.png")) {
      List<String> words = new ArrayList<>(List.of("again", "-q", "a.png"));
      words.addAll(List.of(line.split(" ")));
      Result again = run(words.toArray(String[]::new));
      assertEquals(0, again.status(), again.err());
      assertEquals("", again.err());
    }
    assertArrayEquals(bytes("a.png"), bytes("b.png"));
    assertFalse(Arrays.equals(pixels("a.png"), pixels("c.png")));
    assertFalse(Arrays.equals(pixels("a.png"), pixels("d.png")));

    Result inspection = run("inspect", "--json", "b.png", "c.png", "d.png");
    assertEquals(0, inspection.status(), inspection.err());
    List<String> lines = inspection.outText().lines().toList();
    assertTrue(lines.get(0).contains("\"seed\":7,"), inspection.outText());
    assertTrue(lines.get(1).contains("\"seed\":8,"), inspection.outText());
    assertTrue(lines.get(2).contains("\"steps\":4,"), inspection.outText());
  }

  @Test
  void anEmbeddingPaintsAgainUnderItsNameAlone() throws Exception {
    float[] values = new float[2 * 32];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i % 7 - 3) / 5f;
    }
    Path file = folder.resolve("ink.pt");
    PytorchWriter.write(
        file, Map.of("string_to_param", Map.of("*", PytorchWriter.Tensor.of(values, 2, 32))));
    String size = "-qs7 --steps 2 -W64 -H64 -m " + MODEL;
    paint(0, "", size + " --embedding ink.pt -o a.png a house in ink");
    paint(0, "", size + " --embedding ink.pt -o b.png a house");
    paint(0, "", size + " -o c.png a house in ink");
    assertFalse(Arrays.equals(pixels("a.png"), pixels("c.png")));
    String hash = Sha256.of(file).substring(0, 12);
    Result told = run("inspect", "--json", "a.png", "b.png", "c.png");
    assertEquals(
        List.of(true, false, false),
        told.outText().lines().map(line -> line.contains("ink: " + hash)).toList(),
        told.outText());

    paint(
        3,
        "a.png was made with the embedding ink (hash " + hash + "); give its file",
        "again a.png");
    Files.move(file, folder.resolve("moved.pt"));
    paint(0, "", "again -q a.png --embedding ink=moved.pt -o again.png");
    assertArrayEquals(pixels("a.png"), pixels("again.png"));
    values[0] = 0;
    PytorchWriter.write(
        file, Map.of("string_to_param", Map.of("*", PytorchWriter.Tensor.of(values, 2, 32))));
    paint(3, "not with the one of hash ", "again a.png --embedding ink.pt");
    PytorchWriter.write(file, Map.of("<ink>", PytorchWriter.Tensor.of(new float[48], 48)));
    paint(3, "is 48 wide, but the model's text encoder 32", size + " --embedding ink.pt x");
  }

  private void paint(int status, String says, String arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of(arguments.split(" ", 0)));
    if (words.get(0).equals("again")) {
      words.addAll(List.of("-m", MODEL.toString()));
    }
    Result result = run(words.toArray(String[]::new));
    assertEquals(status, result.status(), result.err());
    assertTrue(result.err().contains(says), result.err());
  }

  @Test
  void theBatchSizeDoesNotChangeThePictures() throws Exception {
    for (String size : List.of("1", "3")) {
      Result result =
          run(
              "-qm",
              MODEL.toString(),
              "-s42",
              "-N3",
              "--batch-size",
              size,
              "--steps",
              "3",
              "-W64",
              "-H64",
              "-o",
              "b" + size + "-{seed}.png",
              "a boat");
      assertEquals(0, result.status(), result.err());
      assertEquals("", result.err());
    }
    for (int seed = 42; seed < 45; seed++) {
      byte[] alone = pixels("b1-" + seed + ".png");
      byte[] together = pixels("b3-" + seed + ".png");
      for (int i = 0; i < alone.length; i++) {
        assertEquals(alone[i] & 0xFF, together[i] & 0xFF, 1, "seed " + seed + ", byte " + i);
      }
    }
  }

  @Test
  void thePromptComesFromStandardInputAndThePictureGoesToStandardOutput() throws Exception {
    Process process =
        program.start(
            "-m", MODEL.toString(), "-s1", "--steps", "1", "-W64", "-H64", "-o", "-", "-");
    process.getOutputStream().write("家と木\n".getBytes(StandardCharsets.UTF_8));
    Result result = program.finish(process);
    assertEquals(0, result.status(), result.err());
    Png png = new PngReader(new ByteArrayInputStream(result.out())).read();
    assertEquals(64, png.image().width());
    assertTrue(png.text().get("parameters").startsWith("家と木\nSteps: 1, Sampler: PLMS, "));
    assertEquals(List.of(), files());
  }

  @Test
  void doctorTellsOfALibtorchThatCannotBeLoaded() throws Exception {
    Path broken = Files.createDirectory(folder.resolve("broken"));
    Files.writeString(broken.resolve(System.mapLibraryName("torch")), "no library");
    ProcessBuilder command = program.command(Darkroom.class, "doctor");
    command.environment().put("PYTORCH_LIBRARY_PATH", broken.toString());
    command.environment().remove("HOME");
    Result result = program.finish(program.start(command));
    assertEquals(1, result.status(), result.err());
    assertTrue(
        result.outText().contains("problem libtorch   cannot be loaded from " + broken),
        result.outText());
    assertTrue(result.outText().contains("-> Correct PYTORCH_LIBRARY_PATH"), result.outText());
    assertTrue(result.outText().contains("good    precision"), result.outText());
  }

  @Test
  void aClosedPipeIsStatus1WithoutAStackTrace() throws Exception {
    Process process =
        program.start(
            "-qm", MODEL.toString(), "-s1", "--steps", "1", "-W64", "-H64", "-o", "-", "x");
    process.getInputStream().close();
    Result result = program.finish(process);
    assertEquals(1, result.status(), result.err());
    assertEquals("darkroom: cannot write to standard output: Broken pipe\n", result.err());
  }

  @Test
  void terminationLeavesNothingHalfWritten() throws Exception {
    assertEquals(143, stopWhileWorking("TERM"));
  }

  @Test
  void aKilledRunLeavesNothingAmongTheTemporaryFiles() throws Exception {
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    ProcessBuilder builder =
        program.command(Darkroom.class, "-m", MODEL.toString(), "-s1", "--steps", "300", "x");
    builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
    Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    try (var reader = process.errorReader(StandardCharsets.UTF_8)) {
      String first = reader.readLine();
      assertTrue(first.contains(" on cpu in "), first);
      ProgramProcess.send("KILL", process);
      process.waitFor();
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(), left.map(Path::getFileName).map(Path::toString).toList());
    }
  }

  @Test
  void interruptionIsStatus130() throws Exception {
    assumeTrue(interruptionIsNotIgnored(), "the tests run where Ctrl-C is ignored");
    assertEquals(130, stopWhileWorking("INT"));
  }

  private int stopWhileWorking(String signal) throws Exception {
    Process process =
        program
            .command(
                Darkroom.class,
                "-m",
                MODEL.toString(),
                "-s1",
                "-N100",
                "--batch-size",
                "1",
                "--steps",
                "300",
                "x")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    StringBuilder err = new StringBuilder();
    try (var reader = process.errorReader(StandardCharsets.UTF_8)) {
      err.append(reader.readLine()).append('\n');
      assertTrue(err.toString().contains(" on cpu in "), err.toString());
      ProgramProcess.send(signal, process);
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), "the process goes on");
      reader.lines().forEach(line -> err.append(line).append('\n'));
    }
    assertTrue(err.toString().endsWith("\ndarkroom: interrupted\n"), err.toString());
    assertTrue(files().stream().allMatch(name -> name.matches("x-\\d+\\.png")), files().toString());
    for (String file : files()) {
      pixels(file);
    }
    return process.exitValue();
  }

  @Test
  void aStepWithoutEndDoesNotHoldUpTheEnd() throws Exception {
    Process process =
        program
            .command(Stuck.class, "-s1", "x")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var reader = process.errorReader(StandardCharsets.UTF_8)) {
      assertEquals("darkroom: fake on cpu in fp32, seed 1", reader.readLine());
      ProgramProcess.send("TERM", process);
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), "the process goes on");
      assertEquals("darkroom: interrupted", reader.readLine());
      assertEquals(143, process.exitValue());
    }
  }

  /** The program with a pipeline that never comes back. */
  static final class Stuck {
    public static void main(String[] arguments) throws IOException {
      FakePipeline pipeline =
          new FakePipeline() {
            @Override
            public List<RenderedImage> generate(
                List<ImageRequest> requests, PipelineListener listener) {
              LockSupport.parkNanos(TimeUnit.MINUTES.toNanos(10));
              return super.generate(requests, listener);
            }
          };
      Files.createDirectories(Path.of("models/scenes"));
      System.setProperty("darkroom.home", ".");
      System.exit(
          new Darkroom(Surroundings.ofProcess(), (model, options) -> pipeline).run(arguments));
    }
  }

  /** Whether a child of this process can be interrupted: a shell's background job cannot. */
  private static boolean interruptionIsNotIgnored() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    String ignored =
        Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow()
            .substring("SigIgn:".length())
            .strip();
    return (Long.parseUnsignedLong(ignored, 16) & 1L << (SIGINT - 1)) == 0;
  }

  @Test
  void verboseShowsWhereAnErrorComesFrom() throws Exception {
    Result result = run("-v", "-m", "no/such/model", "x");
    assertEquals(3, result.status());
    assertTrue(result.err().contains("    at io.darkroom.cli."), result.err());
    assertFalse(run("-m", "no/such/model", "x").err().contains(" at io.darkroom"));
  }

  private Result run(String... arguments) throws Exception {
    return program.run(arguments);
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private byte[] bytes(String file) throws IOException {
    return Files.readAllBytes(folder.resolve(file));
  }

  private byte[] pixels(String file) throws IOException {
    try (InputStream stream = Files.newInputStream(folder.resolve(file))) {
      return new PngReader(stream).read().image().rgb();
    }
  }
}
