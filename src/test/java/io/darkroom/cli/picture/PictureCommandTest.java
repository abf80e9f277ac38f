package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.cli.console.Version;
import io.darkroom.image.Png;
import io.darkroom.image.PngReader;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.OutOfMemoryException;
import io.darkroom.testing.Requests;
import io.darkroom.text.EmbeddingChoice;
import io.darkroom.text.PromptSyntax;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureCommandTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @Test
  void aPromptBecomesAPictureInThisFolder() throws IOException {
    assertEquals(0, command.run("A red house,", "at night!", "-s", "42"), command::err);

    assertEquals(List.of("a-red-house-at-night-42.png"), command.files());
    assertEquals(command.work().resolve("a-red-house-at-night-42.png") + "\n", command.out());
    Png png = command.read("a-red-house-at-night-42.png");
    assertEquals(16, png.image().width());
    assertEquals(42, png.image().rgb()[0]);
    assertEquals(
        "A red house, at night!\n"
            + "Steps: 4, Sampler: DDIM, CFG scale: 7.5, Seed: 42, Size: 16x8, "
            + "Model hash: 0123456789, Model: fake, Version: "
            + Version.text(),
        png.text().get("parameters"));
    assertEquals("darkroom: fake on cpu in fp32, seed 42\n", command.err());
    assertTrue(command.pipeline.closed);
  }

  @Test
  void scheduleRescaleAndClipSkipReachRequestAndFile() throws IOException {
    int status =
        command.run(
            "boat",
            "-s7",
            "--sampler",
            "Euler a",
            "--schedule=SGM Uniform",
            "--guidance-rescale",
            "0.7",
            "--clip-skip=2",
            "-o",
            "boat.png");
    assertEquals(0, status, command::err);
    ImageRequest plain = Requests.of("boat", "", 7, 16, 8, 4, 7.5, "euler-a", 0);
    assertEquals(
        List.of(
            List.of(plain.withSettings(Requests.settings(plain.settings(), "trailing", 0.7, 2)))),
        command.pipeline.batches);
    assertEquals(
        "boat\nSteps: 4, Sampler: Euler a, Schedule type: SGM Uniform, CFG scale: 7.5, Seed: 7,"
            + " Size: 16x8, Model hash: 0123456789, Model: fake, CFG rescale: 0.7, Clip skip: 2,"
            + " Version: "
            + Version.text(),
        command.read("boat.png").text().get("parameters"));
  }

  @Test
  void whatSavesWorkReachesRequestAndFile() throws IOException {
    assertEquals(
        0,
        command.run("boat", "-s7", "--guidance-interval=0.30:", "--deep-cache", "3", "-o", "b.png"),
        command::err);
    ImageRequest plain = Requests.of("boat", "", 7, 16, 8, 4, 7.5, "ddim", 0);
    assertEquals(
        List.of(List.of(plain.withSettings(Requests.settings(plain.settings(), "0.3:", 3)))),
        command.pipeline.batches);
    String text = command.read("b.png").text().get("parameters");
    assertTrue(text.contains(", Guidance interval: \"0.3:\", Deep cache: 3, Version: "), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--sampler=magic | invalid value for option '--sampler': there is no sampler 'magic';"
            + " use one of ddim, ddpm, euler,",
        "--schedule=magic | invalid value for option '--schedule': there is no schedule 'magic';"
            + " use one of model, karras,",
        "--sampler=ddim --schedule=karras | ddim has no schedule 'karras'; use one of model, trailing",
        "--guidance-rescale=1.5 | invalid value for option '--guidance-rescale': guidance"
            + " rescale must be 0 to 1, not 1.5",
        "--clip-skip=0 | invalid value for option '--clip-skip': clip skip must be 1 to 10000,"
            + " not 0",
        "--clip-skip=-1 | invalid value for option '--clip-skip': clip skip must be 1 to 10000,"
            + " not -1",
        "--deep-cache=0 | invalid value for option '--deep-cache': deep cache must be 1 to"
            + " 10000, not 0",
        "--deep-cache=half | invalid value for option '--deep-cache': deep cache must be a whole"
            + " number,",
        "--guidance-interval=5 | invalid value for option '--guidance-interval': guidance interval"
            + " '5'",
        "--guidance-interval=5:1 | invalid value for option '--guidance-interval': guidance"
            + " interval 5:1",
      })
  void badSamplingIsFoundBeforeTheModelIsOpened(String options, String says) {
    String[] words = ("x " + options).split(" ");
    assertEquals(2, command.run(words));
    assertEquals(0, command.opened);
    assertTrue(command.err().startsWith("darkroom: " + says), command::err);
    assertEquals(1, command.err().lines().count());
  }

  @Test
  void everyOptionReachesTheRequest() throws IOException {
    int status =
        command.run(
            "a",
            "boat",
            "-n",
            "fog",
            "--seed=7",
            "--steps",
            "12",
            "-g",
            "3",
            "--sampler",
            "ddpm",
            "--eta",
            "0.5",
            "-W",
            "24",
            "--height=40",
            "--batch-size",
            "1",
            "-o",
            "boat.png");
    assertEquals(0, status, command::err);
    assertEquals(
        List.of(List.of(Requests.of("a boat", "fog", 7, 24, 40, 12, 3, "ddpm", 0.5))),
        command.pipeline.batches);
    assertEquals(
        "a boat\nNegative prompt: fog\n"
            + "Steps: 12, Sampler: DDPM, CFG scale: 3, Seed: 7, Size: 24x40, "
            + "Model hash: 0123456789, Model: fake, Eta DDIM: 0.5, Version: "
            + Version.text(),
        command.read("boat.png").text().get("parameters"));
  }

  @Test
  void deviceAndPrecisionReachTheOpener() {
    List<String> seen = new ArrayList<>();
    command.opener =
        (model, options) -> {
          seen.add(options.device() + " " + options.dtype());
          return command.pipeline;
        };
    command.run("x");
    command.run("x", "--device", "cuda:1", "--dtype", "fp16");
    assertEquals(List.of("auto auto", "cuda:1 fp16"), seen);
  }

  @Test
  void textsMayBeReadPlainly() throws IOException {
    assertEquals(
        0, command.run("(a", "boat)", "--prompt-syntax=plain", "-o", "a.png"), command::err);
    assertEquals(PromptSyntax.PLAIN, command.pipeline.batches.get(0).get(0).promptSyntax());
    assertTrue(command.read("a.png").text().get("parameters").contains(", Emphasis: None, "));
    assertTrue(
        command.read("a.png").text().get("darkroom").contains("\"prompt_syntax\":\"plain\""));
    assertEquals(2, command.run("x", "--prompt-syntax", "fancy"));
    assertTrue(
        command.err().contains("there is no prompt syntax 'fancy'; there are weighted, plain"),
        command::err);
    assertEquals(1, command.pipeline.batches.size());
  }

  @Test
  void embeddingsReachTheOpenerAndTheFile() throws IOException {
    List<EmbeddingChoice> seen = new ArrayList<>();
    command.pipeline =
        new FakePipeline() {
          @Override
          public Map<String, String> embeddings(ImageRequest request) {
            return Map.of("a, b:c", "0123456789ab");
          }

          @Override
          public Map<String, String> embeddings() {
            return Map.of("a, b:c", "0123456789ab", "learned", "aaaaaaaaaaaa");
          }
        };
    command.opener =
        (model, options) -> {
          seen.addAll(options.embeddings());
          return command.pipeline;
        };
    Files.createFile(command.work().resolve("e=mc2.pt"));
    assertEquals(
        0,
        command.run(
            "x",
            "--embedding",
            "style.v2.safetensors",
            "--embedding=/b.pt",
            "--embedding=e=mc2.pt",
            "--embedding=<toy>=learned=embeds.bin",
            "-o",
            "a.png"),
        command::err);
    assertEquals(
        List.of(
            new EmbeddingChoice("style.v2", command.work().resolve("style.v2.safetensors")),
            new EmbeddingChoice("b", Path.of("/b.pt")),
            new EmbeddingChoice("e=mc2", command.work().resolve("e=mc2.pt")),
            new EmbeddingChoice("<toy>", command.work().resolve("learned=embeds.bin"))),
        seen);
    assertTrue(
        command.err().endsWith("--embedding has no effect, because no prompt contains learned\n"),
        command::err);
    Map<String, String> text = command.read("a.png").text();
    // The web UI's list has neither colons nor commas in names; the recipe has the name itself.
    assertTrue(
        text.get("parameters").contains(", TI hashes: \"a bc: 0123456789ab\", "),
        text.get("parameters"));
    assertTrue(
        text.get("darkroom").contains("\"embeddings\":\"a, b:c: 0123456789ab\""),
        text.get("darkroom"));
    assertEquals(2, command.run("x", "--embedding", " =b.pt"));
    assertTrue(
        command
            .err()
            .endsWith("darkroom: --embedding  =b.pt: there is no name before the equals sign\n"),
        command::err);
    assertEquals(2, command.run("x", "--embedding", "a\0b.pt"));
    assertTrue(command.err().contains("is not a path"), command::err);
  }

  @Test
  void severalPicturesHaveSeedsInOrderAndShareBatches() {
    assertEquals(0, command.run("x", "-s", "4294967294", "-N", "5"), command::err);
    assertEquals(
        List.of(List.of(4294967294L, 4294967295L, 0L), List.of(1L, 2L)),
        command.pipeline.batches.stream()
            .map(batch -> batch.stream().map(ImageRequest::seed).toList())
            .toList());
    assertEquals(
        List.of("x-0.png", "x-1.png", "x-2.png", "x-4294967294.png", "x-4294967295.png"),
        command.files());
    assertEquals(5, command.out().lines().count());
  }

  @ParameterizedTest
  @CsvSource({"1,5", "2,3", "5,1", "100,1"})
  void theBatchSizeIsTheUsersChoice(String size, int batches) {
    assertEquals(0, command.run("x", "-N", "5", "--batch-size", size), command::err);
    assertEquals(batches, command.pipeline.batches.size());
  }

  @Test
  void aRandomSeedIsReportedAndNotTheSameTwice() {
    command.run("x");
    command.run("x");
    List<Long> seeds = command.pipeline.batches.stream().map(batch -> batch.get(0).seed()).toList();
    assertFalse(seeds.get(0).equals(seeds.get(1)));
    assertTrue(command.err().contains("seed " + seeds.get(0)), command::err);
  }

  @Test
  void minusOneIsARandomSeed() {
    command.run("x", "-s", "-1");
    command.run("x", "--seed=-1");
    List<Long> seeds = command.pipeline.batches.stream().map(batch -> batch.get(0).seed()).toList();
    assertEquals(2, seeds.size());
    assertFalse(seeds.get(0).equals(seeds.get(1)));
  }

  @Test
  void otherProgramsNamesForOptionsDo() {
    assertEquals(
        0,
        command.run("x", "-s1", "--negative", "fog", "--cfg-scale", "3", "--size", "24x40"),
        command::err);
    assertEquals(
        List.of(List.of(Requests.of("x", "fog", 1, 24, 40, 4, 3, "ddim", 0))),
        command.pipeline.batches);
    for (List<String> twice :
        List.of(
            List.of("--negative", "fog", "-n", "rain"),
            List.of("--cfg_scale", "3", "-g", "4"),
            List.of("--size", "8x8", "-W", "16"),
            List.of("--size", "8x8", "-H", "16"))) {
      command.err.reset();
      List<String> words = new ArrayList<>(twice);
      words.add("x");
      assertEquals(2, command.run(words.toArray(String[]::new)));
      assertTrue(command.err().contains("set the same value"), command::err);
    }
    command.err.reset();
    assertEquals(2, command.run("x", "--size", "large"));
    assertTrue(command.err().contains("size 'large' is not a width and height"), command::err);
  }

  @Test
  void theLowBitsOfALargeSeedCount() {
    command.run("x", "-s", "4294967338");
    assertEquals(42, command.pipeline.batches.get(0).get(0).seed());
    assertEquals(List.of("x-42.png"), command.files());
  }

  // Where pictures go

  @Test
  void anExistingFileIsNeverReplacedUnlessNamed() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertEquals(0, command.run("x", "-s", "1"));
    }
    Files.writeString(command.work().resolve("y.png"), "old");
    assertEquals(0, command.run("x", "-s", "5", "-o", "y.png"));
    assertEquals(List.of("x-1-2.png", "x-1-3.png", "x-1.png", "y.png"), command.files());
    assertEquals(5, command.read("y.png").image().rgb()[0]);
  }

  @Test
  void aFolderTakesThePictures() throws IOException {
    Files.createDirectories(command.work().resolve("out"));
    assertEquals(0, command.run("x", "-s", "1", "-o", "out"));
    assertEquals(0, command.run("x", "-s", "1", "-o", "out/"));
    assertEquals(List.of("out/x-1-2.png", "out/x-1.png"), command.files());
  }

  @Test
  void aPatternNamesThePictures() throws IOException {
    Files.createDirectories(command.work().resolve("b"));
    assertEquals(
        0, command.run("{seed} b", "-N", "2", "-s", "8", "-o", "b/{index}_{prompt}.{seed}.JPG"));
    assertEquals(0, command.run("same", "-N", "3", "-o", "{prompt}.png"));
    assertEquals(
        List.of("b/1_seed-b.8.JPG", "b/2_seed-b.9.JPG", "same-2.png", "same-3.png", "same.png"),
        command.files());
  }

  @Test
  void aLinkIsFollowed() throws IOException {
    Path real = Files.createDirectories(command.work().resolve("real")).resolve("r.png");
    Files.writeString(real, "old");
    Files.createSymbolicLink(command.work().resolve("link.png"), real);
    assertEquals(0, command.run("x", "-s", "3", "-o", "link.png"), command::err);
    assertTrue(Files.isSymbolicLink(command.work().resolve("link.png")));
    assertEquals(3, command.read("real/r.png").image().rgb()[0]);
  }

  @Test
  void ofALinkThatLeadsNowhereTheTargetIsMade() throws IOException {
    Path link = Files.createSymbolicLink(command.work().resolve("l.png"), Path.of("to/m.png"));
    Files.createDirectory(command.work().resolve("to"));
    Files.createSymbolicLink(command.work().resolve("to/m.png"), Path.of("new/r.png"));
    assertEquals(0, command.run("x", "-s", "3", "-o", "l.png"), command::err);
    assertTrue(Files.isSymbolicLink(link));
    assertEquals(3, command.read("to/new/r.png").image().rgb()[0]);
    assertEquals(List.of("l.png", "to/m.png", "to/new/r.png"), command.files());
  }

  @ParameterizedTest
  @CsvSource({
    "castles/{seed}.png,castles/1.png",
    "boats/,boats/x-1.png",
    "more/and/more/a.png,more/and/more/a.png"
  })
  void foldersThatADestinationNamesAreMade(String destination, String file) throws IOException {
    assertEquals(0, command.run("x", "-s", "1", "-o", destination), command::err);
    assertEquals(List.of(file), command.files());
  }

  /** Else a wrong model's name would leave empty folders. */
  @Test
  void noFolderIsMadeBeforeThereIsAPictureForIt() throws IOException {
    command.opener =
        (model, options) -> {
          throw new ModelException("broken");
        };
    assertEquals(3, command.run("x", "-o", "a/b/c.png"), command::err);
    assertFalse(Files.exists(command.work().resolve("a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NAME.png",
        "NAME1234/",
        "a/NAME1234/b.png",
        "{index}NAME.png",
        "NAME1234/{seed}.png"
      })
  void aNameThatIsTooLongIsToldBeforeAnythingIsPainted(String output) {
    assertEquals(1, command.run("x", "-o", output.replace("NAME", "n".repeat(252))));
    assertTrue(command.err().contains("cannot write"), command::err);
    assertTrue(command.err().endsWith("File name too long\n"), command::err);
    assertEquals(1, command.err().lines().count(), command::err);
    assertEquals(0, command.opened);
  }

  @Test
  void bytesAreNotWrittenToATerminal() {
    for (String output : List.of("-", "/dev/stdout")) {
      command.err.reset();
      command.outputIsTerminal = true;
      assertEquals(2, command.run("x", "-o", output));
      assertTrue(command.err().contains("would garble this terminal"), command::err);
      assertEquals(0, command.opened);
      assertEquals("", command.out());
    }
    assertEquals(0, command.run("x"), command::err);
  }

  @Test
  void thePathOfStandardOutputIsStandardOutput() throws IOException {
    for (String output : List.of("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")) {
      command.out.reset();
      assertEquals(0, command.run("x", "-s", "9", "-o", output), command::err);
      Png png = new PngReader(new ByteArrayInputStream(command.out.toByteArray())).read();
      assertEquals(9, png.image().rgb()[0]);
    }
  }

  @Test
  void aPictureHasTheUsualPermissions() throws IOException {
    command.run("x", "-o", "a.png");
    Files.writeString(command.work().resolve("usual"), "");
    assertEquals(
        Files.getPosixFilePermissions(command.work().resolve("usual")),
        Files.getPosixFilePermissions(command.work().resolve("a.png")));
  }

  @Test
  void aDeviceIsWrittenToNotReplaced() {
    assumeTrue(Files.isWritable(Path.of("/dev/null")));
    assertEquals(0, command.run("x", "-o", "/dev/null"), command::err);
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void aFullDiskIsOneLine() {
    assumeTrue(Files.isWritable(Path.of("/dev/full")));
    assertEquals(1, command.run("x", "-q", "-o", "/dev/full"));
    assertEquals("darkroom: cannot write /dev/full: No space left on device\n", command.err());
  }

  @Test
  void standardOutputTakesThePicture() throws IOException {
    assertEquals(0, command.run("x", "-s", "9", "-o", "-"), command::err);
    Png png = new PngReader(new ByteArrayInputStream(command.out.toByteArray())).read();
    assertEquals(9, png.image().rgb()[0]);
    assertEquals(List.of(), command.files());
  }

  @Test
  void aClosedPipeIsOneLine() {
    command.standardOutput = closedPipe();
    String[][] lines = {{"x", "-q"}, {"x", "-q", "-o", "-"}, {"x", "-q", "--json"}};
    for (String[] line : lines) {
      command.err.reset();
      assertEquals(1, command.run(line));
      assertEquals("darkroom: cannot write to standard output: Broken pipe\n", command.err());
    }
  }

  /** Whoever reads has enough of a text that was asked for. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--help-all",
        "--version",
        "help batch",
        "samplers",
        "samplers --json",
        "completion bash",
        "doctor",
        "doctor --json"
      })
  void aClosedPipeEndsAPrintedTextSilently(String line) {
    command.standardOutput = closedPipe();
    assertEquals(0, command.run(line.split(" ")));
    assertEquals("", command.err());
  }

  @Test
  void aFullDiskUnderAPrintedTextIsOneLine() throws IOException {
    assumeTrue(Files.isWritable(Path.of("/dev/full")));
    for (String line : List.of("--help", "samplers", "completion zsh")) {
      command.err.reset();
      try (OutputStream full = Files.newOutputStream(Path.of("/dev/full"))) {
        command.standardOutput = full;
        assertEquals(1, command.run(line.split(" ")));
      }
      assertEquals(
          "darkroom: cannot write to standard output: No space left on device\n", command.err());
    }
  }

  @Test
  void nobodyReadingEndsTheWork() {
    command.standardOutput = closedPipe();
    command.run("x", "-N", "9");
    assertEquals(1, command.pipeline.batches.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"file/a.png", "file/", "file/b/{seed}.png", "loop.png/a.png", "loop.png"})
  void aPlaceThatCannotBeWrittenIsSaidBeforeTheModelIsOpened(String place) throws IOException {
    Files.writeString(command.work().resolve("file"), "");
    Files.createSymbolicLink(command.work().resolve("loop.png"), Path.of("loop.png"));
    assertEquals(1, command.run("x", "-o", place));
    assertEquals(1, command.err().lines().count(), command::err);
    assertEquals(0, command.opened);
    assertEquals(List.of("file", "loop.png"), command.files());
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    Path out = Files.createDirectories(command.work().resolve("out"));
    command.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            try {
              Files.delete(out);
              Files.writeString(out, "mine");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
            return super.generate(requests, listener);
          }
        };
    assertEquals(1, command.run("x", "-q", "-o", "out/x.png"));
    assertEquals(1, command.err().lines().count(), command::err);
    assertEquals(List.of("out"), command.files());
    assertEquals("", command.out());
  }

  // What is printed

  @Test
  void jsonTellsAll() {
    assertEquals(0, command.run("ein \"Haus\" 家", "-s", "1", "-N", "2", "--json"), command::err);
    List<JsonObject> lines =
        command.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(2, lines.size());
    JsonObject line = lines.get(1);
    assertEquals(
        List.of(
            "path",
            "prompt",
            "negative_prompt",
            "seed",
            "width",
            "height",
            "steps",
            "sampler",
            "guidance_scale",
            "eta",
            "schedule",
            "guidance_rescale",
            "guidance_interval",
            "clip_skip",
            "deep_cache",
            "model",
            "device",
            "dtype",
            "seconds"),
        List.copyOf(line.keySet()));
    assertEquals(
        command.work().resolve("ein-haus-家-2.png").toString(), line.get("path").getAsString());
    assertEquals("ein \"Haus\" 家", line.get("prompt").getAsString());
    assertEquals(2, line.get("seed").getAsLong());
    assertEquals(7.5, line.get("guidance_scale").getAsDouble());
    JsonObject seconds = line.getAsJsonObject("seconds");
    assertEquals(
        List.of("load", "encode", "denoise", "decode", "total"), List.copyOf(seconds.keySet()));
    assertEquals(0.2, seconds.get("denoise").getAsDouble());
  }

  @Test
  void quietSaysNothing() {
    command.columns = OptionalInt.of(80);
    assertEquals(0, command.run("x", "-q"));
    assertEquals("", command.err());
  }

  @Test
  void aTerminalShowsProgressAndIsLeftClean() {
    command.columns = OptionalInt.of(80);
    assertEquals(0, command.run("x", "-s", "1"));
    assertTrue(command.err().contains("loading scenes"), command::err);
    assertTrue(command.err().contains("4/4"), command::err);
    assertTrue(command.err().endsWith("\r\u001b[K"), command::err);
  }

  @Test
  void aWarningIsSaidOnce() {
    command.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            listener.onWarning("the prompt is cut:\n at the hill");
            return super.generate(requests, listener);
          }
        };
    assertEquals(0, command.run("x", "-s", "1", "-N", "5"));
    assertEquals(
        """
        darkroom: fake on cpu in fp32, seeds 1 to 5
        darkroom: warning: the prompt is cut: at the hill
        """,
        command.err());
  }

  // Prompts

  @ParameterizedTest
  @CsvSource({
    "'a house\n','a house'",
    "'a house\r\n','a house'",
    "'a\n\n','a\n'",
    "家,家",
    "'\uFEFFa','a'"
  })
  void standardInputIsAPrompt(String text, String prompt) {
    command.standardInput(text);
    assertEquals(0, command.run("-"), command::err);
    assertEquals(prompt, command.pipeline.batches.get(0).get(0).prompt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n", " \n\t\n", "\uFEFF\r\n"})
  void standardInputMustSaySomething(String text) {
    command.standardInput(text);
    assertEquals(2, command.run("-"));
    assertEquals(
        "darkroom: there is no prompt on standard input; for an empty one, use: darkroom \"\"\n",
        command.err());
    assertEquals(0, command.opened);
    assertEquals(List.of(), command.files());
  }

  @Test
  void standardInputMustBeText() {
    command.in = new ByteArrayInputStream(new byte[] {'a', (byte) 0xFF});
    assertEquals(2, command.run("-"));
    command.standardInput("a\0b");
    assertEquals(2, command.run("-"));
    command.standardInput("a".repeat((1 << 20) + 1));
    assertEquals(2, command.run("-"));
    assertEquals(3, command.err().lines().count(), command::err);
  }

  @ParameterizedTest
  @MethodSource
  void wordsAreAPrompt(List<String> words, String prompt) {
    assertEquals(0, command.run(words.toArray(String[]::new)), command::err);
    assertEquals(prompt, command.pipeline.batches.get(0).get(0).prompt());
  }

  static Stream<Arguments> wordsAreAPrompt() {
    return Stream.of(
        Arguments.of(List.of(""), ""),
        Arguments.of(List.of("@home", "${sys:user.home}"), "@home ${sys:user.home}"),
        Arguments.of(List.of("a", "-", "b"), "a - b"),
        Arguments.of(List.of("--", "--a", "-q"), "--a -q"),
        Arguments.of(List.of("a", "-q", "b"), "a b"),
        Arguments.of(List.of("a", "generate-completion"), "a generate-completion"),
        Arguments.of(List.of("a", "-q", "generate-completion"), "a generate-completion"),
        Arguments.of(List.of("--", "generate-completion"), "generate-completion"),
        Arguments.of(List.of("\"quoted\"", "'too'"), "\"quoted\" 'too'"));
  }

  // Models

  @Test
  void whatGoesWithAModelIsPassedOn() throws IOException {
    List<ModelFiles> models = new ArrayList<>();
    command.opener =
        (model, options) -> {
          models.add(model);
          return command.pipeline;
        };
    command.environment.put("HF_HOME", "/hub's home");
    command.run("x", "--config", "some/config", "--vae", "vae.safetensors", "-m", "other");
    command.run("x");
    command.run("x", "--text-encoder", "clip_l", "--text-encoder", "g.safetensors", "-m", "other");
    assertEquals(Optional.of(Path.of("some/config")), models.get(0).config());
    assertEquals(List.of(), models.get(1).textEncoders());
    assertEquals(
        List.of(Path.of("clip_l"), Path.of("g.safetensors")), models.get(2).textEncoders());
    assertEquals(Optional.of(Path.of("vae.safetensors")), models.get(0).autoencoder());
    assertEquals(Path.of("/hub's home/hub"), models.get(0).hubCache());
    assertEquals("other", models.get(0).model().getFileName().toString());
    assertEquals(Optional.empty(), models.get(1).config());
    assertEquals(Optional.empty(), models.get(1).autoencoder());
  }

  @Test
  void theModelIsFoundByNameOrPath() throws IOException {
    List<Path> models = new ArrayList<>();
    command.opener =
        (model, options) -> {
          models.add(model.model());
          return command.pipeline;
        };
    Path bundle = command.folder.resolve("home/models");
    command.run("x");
    command.run("x", "-m", "other");
    command.run("x", "-m", command.work().toString());
    command.environment.put("DARKROOM_MODEL", "other");
    command.run("x");
    command.run("x", "-m", "scenes");
    command.environment.put("DARKROOM_MODEL", "");
    command.run("x");
    assertEquals(
        List.of(
            bundle.resolve("scenes"),
            bundle.resolve("other"),
            command.work(),
            bundle.resolve("other"),
            bundle.resolve("scenes"),
            bundle.resolve("scenes")),
        models);
  }

  /** As a script says whose variable is not set: another model than the one it means. */
  @Test
  void anEmptyNameIsNoModel() {
    assertEquals(2, command.run("x", "-m", ""));
    assertEquals("darkroom: --model is empty; leave it out for the bundled model\n", command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void onlyWhereThereIsAPromptAHintSpeaksOfIt() {
    for (String known : List.of("samplers", "bench", "batch")) {
      command.err.reset();
      assertEquals(2, command.run(known, "--qwertz"), command::err);
      assertEquals(
          "darkroom: unknown option: '--qwertz' (darkroom " + known + " --help shows the usage)\n",
          command.err());
    }
    command.err.reset();
    assertEquals(2, command.run("--qwertz"), command::err);
    assertTrue(command.err().contains("begins with a dash goes after --"), command::err);
  }

  @Test
  void aModelThatIsNotThereIsSaid() throws IOException {
    assertEquals(3, command.run("x", "-m", "/no/such/model"));
    assertEquals(
        "darkroom: there is no model /no/such/model: it is neither a folder nor a bundled model"
            + " (other, scenes)\n",
        command.err());
    Files.delete(command.folder.resolve("home/models/scenes"));
    assertEquals(3, command.run("x"));
    assertEquals(0, command.opened);
  }

  // What goes wrong

  @ParameterizedTest
  @MethodSource
  void wrongUsageIsOneLineAndStatus2(List<String> arguments, String part) {
    assertEquals(2, command.run(arguments.toArray(String[]::new)));
    assertEquals(1, command.err().lines().count(), command::err);
    assertTrue(command.err().startsWith("darkroom: "), command::err);
    assertTrue(command.err().contains(part), command::err);
    assertEquals("", command.out());
    assertEquals(0, command.opened);
  }

  static Stream<Arguments> wrongUsageIsOneLineAndStatus2() {
    return Stream.of(
        Arguments.of(List.of(), "there is no prompt"),
        Arguments.of(List.of("-q"), "there is no prompt"),
        Arguments.of(List.of("x", "--stpes", "5"), "did you mean --steps?"),
        Arguments.of(List.of("-zzz"), "goes after --"),
        Arguments.of(List.of("x", "--steps", "0"), "steps must be 1 to 10000, not 0"),
        Arguments.of(List.of("x", "--steps", "ten"), "a whole number, not 'ten'"),
        Arguments.of(List.of("x", "--steps"), "--steps"),
        Arguments.of(List.of("x", "--steps", "1", "--steps", "2"), "only once"),
        Arguments.of(List.of("x", "-W", "0"), "width must be 1 to 65536, not 0"),
        Arguments.of(List.of("x", "-H", "-8"), "height must be 1 to 65536, not -8"),
        Arguments.of(List.of("x", "-W", "99999999999"), "99999999999"),
        Arguments.of(List.of("x", "-g", "NaN"), "guidance"),
        Arguments.of(List.of("x", "-g", "-1"), "guidance"),
        Arguments.of(List.of("x", "--eta", "2"), "eta"),
        Arguments.of(List.of("x", "-s", "-2"), "between 0 and 18446744073709551615"),
        Arguments.of(List.of("x", "-s", "1.5"), "whole number"),
        Arguments.of(List.of("x", "-s", "18446744073709551616"), "between"),
        Arguments.of(List.of("x", "-N", "0"), "--images"),
        Arguments.of(List.of("x", "--batch-size", "0"), "--batch-size"),
        Arguments.of(List.of("x", "--device", "tpu"), "auto, cpu, cuda or cuda:N"),
        Arguments.of(List.of("x", "--dtype", "int8"), "fp16"),
        Arguments.of(List.of("x", "-q", "-v"), "--quiet and --verbose"),
        Arguments.of(List.of("x", "-o", ""), "--output"),
        Arguments.of(List.of("x", "-o", "-", "-N", "2"), "one picture"),
        Arguments.of(List.of("x", "-o", "-", "--json"), "--json"),
        Arguments.of(List.of("x", "-N", "3", "-o", "out/a.b.png"), "out/a.b-{seed}.png"),
        Arguments.of(List.of("x", "-N", "3", "-o", "d.x/pic"), "d.x/pic-{seed}"),
        Arguments.of(List.of("x", "--steps", "99999999999"), "1 to 10000, not 99999999999"),
        Arguments.of(List.of("x", "--steps="), "a whole number, not ''"),
        Arguments.of(List.of("x", "-g", "much"), "a number, not 'much'"),
        Arguments.of(List.of("x", "--json=maybe"), "'maybe' is neither true nor false"),
        Arguments.of(List.of("x", "-m", ""), "--model is empty"),
        Arguments.of(List.of("x", "--vae", ""), "'--vae': the path is empty"),
        Arguments.of(List.of("x", "--config", ""), "'--config': the path is empty"),
        Arguments.of(List.of("x", "--lora", ""), "--lora is empty"),
        Arguments.of(List.of("x", "--lora", ":1"), "--lora is empty"),
        Arguments.of(List.of("x", "--lora-dir", ""), "'--lora-dir': the path is empty"),
        Arguments.of(List.of("x", "--embedding", ""), "--embedding is empty"),
        Arguments.of(List.of("x", "--embedding", "a="), "no file after the equals sign"),
        Arguments.of(List.of("x", "--preview", "--preview-vae", ""), "the path is empty"),
        Arguments.of(List.of("x", "--device", ""), "--device '' is not known"),
        Arguments.of(List.of("inspect", "-a.png"), "'-a.png'; the file of this name is ./-a.png"),
        Arguments.of(List.of("inspect", "b.png", "-a.png"), "the file of this name is ./-a.png"),
        Arguments.of(List.of("batch", "a", "b"), "unmatched argument: 'b' ("),
        Arguments.of(List.of("batch", "--shard", "", "p"), "shard '' is not valid"),
        Arguments.of(List.of("batch", "--status", ""), "'--status': the path is empty"),
        Arguments.of(List.of("-q", "models", "list"), "--quiet goes after the command's name"),
        Arguments.of(List.of("models", "pull", ""), "the id of the model is empty"),
        Arguments.of(List.of("models", "show", ""), "the model's name is empty"),
        Arguments.of(List.of("generate-completion", "x"), "no completion for the shell 'x'"));
  }

  @ParameterizedTest
  @MethodSource
  void eachFailureHasItsStatusAndItsLine(Throwable failure, int status, String line) {
    command.opener = (model, options) -> CommandFailure.raise(failure);
    assertEquals(status, command.run("x", "-q"));
    assertEquals("darkroom: " + line + "\n", command.err());

    command.err.reset();
    assertEquals(status, command.run("x", "-v"));
    assertTrue(command.err().contains("at io.darkroom.cli."), command::err);
    assertEquals(List.of(), command.files());
  }

  static Stream<Arguments> eachFailureHasItsStatusAndItsLine() {
    return Stream.of(
        Arguments.of(new InvalidRequestException("no GPU"), 2, "no GPU"),
        Arguments.of(new ModelException("cut\noff"), 3, "cut off"),
        Arguments.of(new OutOfMemoryException("too large", new Error()), 5, "too large"),
        Arguments.of(
            new OutOfMemoryError("Java heap space"),
            5,
            "out of memory: Java heap space; a smaller size or --batch-size 1 needs less"),
        Arguments.of(new CancellationException(), 130, "interrupted"),
        Arguments.of(
            new IllegalStateException("boom"),
            1,
            "unexpected failure: java.lang.IllegalStateException: boom; --verbose shows where"),
        Arguments.of(
            new UnsatisfiedLinkError("libtorch"),
            1,
            "unexpected failure: java.lang.UnsatisfiedLinkError: libtorch; --verbose shows where"));
  }

  @Test
  void theModelChecksTheRequestBeforeWork() {
    assertEquals(2, command.run("x", "-W", "20"));
    assertEquals("darkroom: width 20 is no multiple of 8\n", command.err());
    assertEquals(List.of(), command.pipeline.batches);
    assertTrue(command.pipeline.closed);
  }

  @Test
  void picturesThatWereFinishedStay() {
    command.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            if (batches.size() == 1) {
              throw new OutOfMemoryException("no memory", new Error());
            }
            return super.generate(requests, listener);
          }
        };
    assertEquals(5, command.run("x", "-s", "1", "-N", "2", "--batch-size", "1"));
    assertEquals(List.of("x-1.png"), command.files());
    assertEquals(1, command.out().lines().count());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatDoesNotFitTogetherIsPaintedInSmallerPieces(boolean inTheHeap) {
    command.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            if (requests.size() > 1 && inTheHeap) {
              throw new OutOfMemoryError("Java heap space");
            } else if (requests.size() > 1) {
              throw new OutOfMemoryException("no memory", new Error());
            }
            return super.generate(requests, listener);
          }
        };
    assertEquals(0, command.run("x", "-s", "1", "-N", "5", "--batch-size", "4"), command::err);
    assertEquals(
        List.of(1L, 2L, 3L, 4L, 5L),
        command.pipeline.batches.stream().map(batch -> batch.get(0).seed()).toList());
    assertTrue(command.err().contains("out of memory; continuing with at most 2"), command::err);
    assertTrue(command.err().contains("out of memory; continuing with at most 1"), command::err);
    assertEquals(5, command.out().lines().count());
  }

  @Test
  void offloadingIsAWordOfThree() {
    assertEquals(2, command.run("x", "--offload", "sometimes"));
    assertEquals(
        "darkroom: --offload 'sometimes' is not known; use auto, never or always\n", command.err());
  }

  private static OutputStream closedPipe() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("Broken pipe");
      }
    };
  }

  /** Throws any failure from where a checked one may not be. */
  private static final class CommandFailure {
    static FakePipeline raise(Throwable failure) {
      failure.fillInStackTrace();
      if (failure instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) failure;
    }
  }
}
