package io.darkroom.cli.batch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.Sha256;
import io.darkroom.batch.Batch;
import io.darkroom.batch.Shard;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.lora.LoraChoice;
import io.darkroom.pipeline.BrokenPictureException;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.OutOfMemoryException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command {@code batch} inside this process, with pipelines that paint in one colour. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class BatchCommandTest {
  private static final String THREE = "a red house\n# no\n\na boat\n--prompt a car --seed 9\n";

  @TempDir private Path folder;
  private CommandRun run;

  @BeforeEach
  void prepare() throws IOException {
    run = new CommandRun(folder);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(run.work().resolve(file), text);
  }

  /** Another run in the same folder. */
  private CommandRun again() throws IOException {
    CommandRun next = new CommandRun(folder);
    next.pipeline = new FakePipeline();
    run = next;
    return next;
  }

  private List<JsonObject> manifest(String file) throws IOException {
    List<JsonObject> records = new ArrayList<>();
    for (String line : Files.readAllLines(run.work().resolve(file))) {
      records.add(JsonParser.parseString(line).getAsJsonObject());
    }
    return records;
  }

  @Test
  void aFileBecomesAFolderOfPicturesWithAManifest() throws IOException {
    write("prompts.txt", THREE);
    assertEquals(0, run.run("batch", "prompts.txt", "--seed", "100"), run.err());
    List<String> pictures =
        List.of(
            "prompts/0001-a-red-house-100.png",
            "prompts/0004-a-boat-101.png",
            "prompts/0005-a-car-9.png");
    assertEquals(String.join("\n", pictures), run.out().strip().replace(run.work() + "/", ""));
    Set<String> files = new TreeSet<>(pictures);
    files.addAll(List.of("prompts.txt", "prompts/batch.json", "prompts/manifest.jsonl"));
    assertEquals(List.copyOf(files), run.files());
    List<JsonObject> records = manifest("prompts/manifest.jsonl");
    assertEquals(3, records.size());
    JsonObject car = records.get(2);
    assertEquals("5", car.get("id").getAsString());
    assertEquals(5, car.get("line").getAsInt());
    assertEquals(9, car.get("seed").getAsLong());
    assertEquals("0005-a-car-9.png", car.get("path").getAsString());
    assertEquals(64, car.get("sha256").getAsString().length());
    assertEquals(64, car.get("request").getAsString().length());
    assertEquals(0.6, car.get("seconds").getAsDouble(), 1e-9);
    assertTrue(run.read("prompts/0005-a-car-9.png").text().get("parameters").contains("Seed: 9"));
    assertTrue(run.pipeline.closed);
    assertEquals(1, run.pipeline.batches.size(), "three pictures go together");
  }

  /** A folder from before there was a choice goes on: its hashes stay what they were. */
  @Test
  void onlyWhereSyntaxMattersItIsPartOfARequestsIdentity() throws IOException {
    run.pipeline =
        new FakePipeline() {
          @Override
          public boolean dependsOnPromptSyntax(ImageRequest request, List<LoraChoice> loras) {
            return request.prompt().startsWith("(");
          }
        };
    write(
        "p.txt",
        """
        {"prompt":"a"}
        {"prompt":"(a)","prompt_syntax":"plain"}
        {"prompt":"(a)"}
        """);
    assertEquals(0, run.run("batch", "p.txt", "--seed=5"), run.err());
    assertEquals(
        List.of(
            hash("a", 5, ""),
            hash("(a)", 6, ""),
            hash("(a)", 7, ",\"prompt_syntax\":\"weighted\"")),
        manifest("p/manifest.jsonl").stream().map(r -> r.get("request").getAsString()).toList());
    assertEquals(
        List.of("weighted", "plain", "weighted"),
        run.pipeline.batches.stream()
            .flatMap(List::stream)
            .map(request -> request.promptSyntax().optionName())
            .toList());
  }

  private static String hash(String prompt, int seed, String more) {
    return Sha256.of(
        ("{\"model\":\"%s\",\"dtype\":\"auto\",\"prompt\":\"%s\",\"negative_prompt\":\"\","
                + "\"seed\":%d,\"width\":16,\"height\":8,\"steps\":4,\"guidance_scale\":7.5,"
                + "\"sampler\":\"ddim\",\"eta\":0.0%s}")
            .formatted("f".repeat(64), prompt, seed, more));
  }

  @Test
  void theSameCommandAgainMakesNothing() throws IOException {
    write("prompts.txt", THREE);
    run.run("batch", "prompts.txt");
    List<String> files = run.files();
    byte[] manifest = Files.readAllBytes(run.work().resolve("prompts/manifest.jsonl"));
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals("", run.out());
    assertEquals(List.of(), run.pipeline.batches);
    assertEquals(files, run.files());
    assertArrayEquals(manifest, Files.readAllBytes(run.work().resolve("prompts/manifest.jsonl")));
  }

  @Test
  void whatIsGoneDamagedOrChangedIsMadeAgainAndNothingElse() throws IOException {
    write("prompts.txt", "a house\na boat\na car\na tree\n");
    run.run("batch", "prompts.txt", "-s", "1");
    Path pictures = run.work().resolve("prompts");
    Files.delete(pictures.resolve("0001-a-house-1.png"));
    Files.write(pictures.resolve("0002-a-boat-2.png"), new byte[10]);
    write("prompts.txt", "a house\na boat\na windmill\na tree\n");
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(
        List.of("a house", "a boat", "a windmill"),
        run.pipeline.batches.get(0).stream().map(ImageRequest::prompt).toList());
    assertEquals(1, run.read("prompts/0001-a-house-1.png").image().rgb()[0]);
    String beside = run.files().stream().filter(f -> f.contains("boat-2-")).findFirst().get();
    assertEquals(2, run.read(beside).image().rgb()[0]);
    assertArrayEquals(new byte[10], Files.readAllBytes(pictures.resolve("0002-a-boat-2.png")));
    assertTrue(run.err().contains("0002-a-boat-2.png: damaged or incomplete; it stays"), run.err());
    assertTrue(run.files().contains("prompts/0003-a-windmill-3.png"));
    assertTrue(run.files().contains("prompts/0003-a-car-3.png"), "nothing is lost");
  }

  @Test
  void theBatchsSeedIsToldWhereItCounts() throws IOException {
    write("own.jsonl", "{\"prompt\":\"a\",\"seed\":3}\n{\"prompt\":\"b\",\"seed\":4}\n");
    assertEquals(0, run.run("batch", "own.jsonl", "-s", "7"), run.err());
    assertFalse(run.err().contains("seed"), run.err());
    write("one.jsonl", "{\"prompt\":\"a\",\"seed\":3}\n{\"prompt\":\"b\"}\n");
    assertEquals(0, again().run("batch", "one.jsonl", "-s", "7"), run.err());
    assertTrue(run.err().contains(", seed 7: 2 pictures; "), run.err());
  }

  /** Whatever shows without a model is told in one run, and no model is opened for it. */
  @Test
  void allFaultsOfTheLinesAreToldAtOnce() throws IOException {
    write(
        "p.jsonl",
        "{\"prompt\":\"a\",\"steps\":\"x\"}\n"
            + "{\"prompt\":\"b\",\"init_image\":\"nothing.png\"}\n"
            + "{\"prompt\":\"c\",\"strength\":0.5}\n"
            + "{\"prompt\":\"d\",\"strength\":2,\"init_image\":\"nothing.png\"}\n"
            + "{\"prompt\":\"f\"}\n");
    assertEquals(2, run.run("batch", "p.jsonl", "-s", "7"));
    assertEquals(
        List.of(
            "darkroom: p.jsonl:1: steps must be a whole number, not \"x\"",
            "darkroom: p.jsonl:2: nothing.png: there is no such file; check the path",
            "darkroom: p.jsonl:3: strength needs a source picture; give it with init_image",
            "darkroom: p.jsonl:4: strength must be above 0 and at most 1, not 2",
            "darkroom: 4 lines are invalid, so nothing was made; correct them, or make the other lines"
                + " with --skip-invalid"),
        run.err().lines().toList());
    assertEquals(0, run.opened);
    assertEquals(0, again().run("batch", "p.jsonl", "-s", "7", "--skip-invalid"), run.err());
    assertEquals(
        4, run.err().lines().filter(line -> line.contains(" p.jsonl:")).count(), run.err());
    assertEquals(1, run.pipeline.batches.size());
  }

  @Test
  void anotherSettingIsAnotherPictureBesideTheOldOne() throws IOException {
    write("prompts.txt", "a house\n");
    run.run("batch", "prompts.txt", "-s", "1");
    assertEquals(0, again().run("batch", "prompts.txt", "--steps", "9"), run.err());
    assertEquals(1, run.pipeline.batches.size());
    assertEquals(
        2, run.files().stream().filter(file -> file.startsWith("prompts/0001-a-house-1")).count());
    assertEquals(0, again().run("batch", "prompts.txt", "--steps", "9"), run.err());
    assertEquals(0, run.pipeline.batches.size());
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(0, run.pipeline.batches.size());
  }

  @Test
  void namesForTheSameSettingAreTheSame() throws IOException {
    write("prompts.txt", "a house\n");
    run.run("batch", "prompts.txt", "--sampler", "DDIM");
    assertEquals(0, again().run("batch", "prompts.txt", "--sampler", "ddim"), run.err());
    assertEquals(0, run.pipeline.batches.size());
  }

  @Test
  void aScheduleMakesAnotherPictureWhicheverWayItIsSaid() throws IOException {
    write("prompts.txt", "a house\n");
    run.run("batch", "prompts.txt", "--sampler", "dpm++2m");
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "--schedule=karras");
    assertEquals(1, run.pipeline.batches.size());
    assertEquals("karras", run.pipeline.batches.get(0).get(0).settings().schedule().optionName());
    assertEquals(0, again().run("batch", "prompts.txt", "--sampler", "DPM++ 2M Karras"), run.err());
    assertEquals(0, run.pipeline.batches.size());
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "--schedule=model");
    assertEquals(0, run.pipeline.batches.size());
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "--clip-skip=2");
    assertEquals(1, run.pipeline.batches.size());
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "--guidance-rescale=0.5");
    assertEquals(1, run.pipeline.batches.size());
    for (String option : List.of("--guidance-interval=0.3:5", "--deep-cache=2")) {
      again().run("batch", "prompts.txt", "--sampler", "dpm++2m", option);
      assertEquals(1, run.pipeline.batches.size(), option);
      again().run("batch", "prompts.txt", "--sampler", "dpm++2m", option);
      assertEquals(0, run.pipeline.batches.size(), option);
    }
    for (String option : List.of("--guidance-interval=:", "--deep-cache=1")) {
      again().run("batch", "prompts.txt", "--sampler", "dpm++2m", option);
      assertEquals(0, run.pipeline.batches.size(), option);
    }
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "-g1");
    assertEquals(1, run.pipeline.batches.size());
    again().run("batch", "prompts.txt", "--sampler", "dpm++2m", "-g1", "--guidance-interval=1:2");
    assertEquals(0, run.pipeline.batches.size(), "no guidance that could be left out");
  }

  /** What folders of earlier versions hold. */
  @Test
  void theHashOfAPlainRequestIsWhatItAlwaysWas() throws IOException {
    write("prompts.txt", "a house\n");
    run.run("batch", "prompts.txt", "-s", "1");
    String request =
        "{\"model\":\"%s\",\"dtype\":\"auto\",\"prompt\":\"a house\",\"negative_prompt\":\"\","
                .formatted("f".repeat(64))
            + "\"seed\":1,\"width\":16,\"height\":8,\"steps\":4,\"guidance_scale\":7.5,"
            + "\"sampler\":\"ddim\",\"eta\":0.0}";
    String manifest = Files.readString(run.work().resolve("prompts/manifest.jsonl"));
    assertTrue(manifest.contains("\"request\":\"" + Sha256.of(request) + "\""), manifest);
  }

  @Test
  void equalLinesAreAPictureEach() throws IOException {
    write("prompts.txt", "--prompt a house -s 5\n--prompt a house -s 5\n");
    assertEquals(0, run.run("batch", "prompts.txt"), run.err());
    assertEquals(2, run.out().lines().count());
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(0, run.pipeline.batches.size());
    // A line above moves them: they are the same pictures all the same.
    write("prompts.txt", "# moved\n--prompt a house -s 5\n--prompt a house -s 5\n");
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(0, run.pipeline.batches.size());
  }

  @Test
  void aPictureThatNoManifestKnowsIsSpared() throws IOException {
    write("prompts.txt", "a house\n");
    Files.createDirectories(run.work().resolve("prompts"));
    write("prompts/0001-a-house-1.png", "mine");
    assertEquals(0, run.run("batch", "prompts.txt", "-s1"), run.err());
    assertEquals("mine", Files.readString(run.work().resolve("prompts/0001-a-house-1.png")));
    assertEquals(5, run.files().size(), run.files().toString());

    assertTrue(
        run.err().contains("0001-a-house-1.png: not made by this batch; it stays"), run.err());
  }

  @Test
  void afterAKillBetweenTheLineInTheManifestAndTheFileItIsMadeUnderItsName() throws IOException {
    write("other.txt", "a house\n");
    assertEquals(0, again().run("batch", "other.txt", "-s1"), run.err());
    Files.delete(run.work().resolve("other/0001-a-house-1.png"));
    assertEquals(0, again().run("batch", "other.txt"), run.err());
    assertEquals(1, run.pipeline.batches.size());
    assertEquals(
        List.of("other/0001-a-house-1.png", "other/batch.json", "other/manifest.jsonl"),
        run.files().stream().filter(file -> file.startsWith("other/")).toList());
  }

  @Test
  void whatWasInTheFolderBeforeIsSparedByAllRunsAndShards() throws IOException {
    write("prompts.txt", "a house\na boat\n");
    Files.createDirectories(run.work().resolve("prompts"));
    write("prompts/0001-a-house-1.png", "mine");
    write("prompts/0002-a-boat-2.png", "mine, too");
    run.pipeline = new Breaking("boat");
    assertEquals(4, run.run("batch", "prompts.txt", "-s1", "--shard", "2/2"), run.err());
    assertEquals(0, again().run("batch", "prompts.txt", "--shard", "1/2"), run.err());
    assertEquals(0, again().run("batch", "prompts.txt", "--retry-failed"), run.err());
    assertEquals(1, run.pipeline.batches.size());
    assertEquals("mine", Files.readString(run.work().resolve("prompts/0001-a-house-1.png")));
    assertEquals("mine, too", Files.readString(run.work().resolve("prompts/0002-a-boat-2.png")));
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
  }

  @Test
  void afterAWholeRunAndAShardedOneNothingIsMadeTwice() throws IOException {
    write("prompts.txt", "a house\n");
    assertEquals(0, run.run("batch", "prompts.txt", "-s1"), run.err());
    // The same picture with other bytes, as a program may write it that makes PNGs smaller.
    Path picture = run.work().resolve("prompts/0001-a-house-1.png");
    Path manifest = run.work().resolve("prompts/manifest.jsonl");
    String sum = manifest("prompts/manifest.jsonl").get(0).get("sha256").getAsString();
    Files.writeString(manifest, Files.readString(manifest).replace(sum, "0".repeat(64)));
    assertEquals(0, again().run("batch", "prompts.txt", "--shard", "1/2"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
    assertTrue(run.err().contains("0001-a-house-1.png: changed since this batch"), run.err());
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
    assertTrue(Files.exists(picture));
  }

  @Test
  void ofEqualLinesTheOneWhoseFileIsGoneIsMadeOnce() throws IOException {
    write("prompts.txt", "--prompt a house -s 5\n--prompt a house -s 5\n");
    assertEquals(0, run.run("batch", "prompts.txt"), run.err());
    Files.delete(run.work().resolve("prompts/0001-a-house-5.png"));
    for (int made : new int[] {1, 0}) {
      assertEquals(0, again().run("batch", "prompts.txt"), run.err());
      assertEquals(made, run.pipeline.batches.size());
      assertTrue(run.files().contains("prompts/0001-a-house-5.png"));
    }
  }

  @Test
  void theStatusTellsOfFilesThatAreGone() throws IOException {
    write("prompts.txt", "a house\na boat\n");
    assertEquals(0, run.run("batch", "prompts.txt", "-s1"), run.err());
    assertEquals(0, again().run("batch", "--status", "prompts"), run.err());
    Files.delete(run.work().resolve("prompts/0001-a-house-1.png"));
    assertEquals(4, again().run("batch", "--status", "prompts"), run.err());
    assertEquals(
        "prompts.txt: 1 of 2 made, 0 failed, 1 left; 1 files are gone; the next run makes them"
            + " again\n",
        run.out());
  }

  @Test
  void linesNameTheirFiles() throws IOException {
    write(
        "p.jsonl",
        """
        {"prompt": "x", "output": "a/b/x.png", "id": "one"}
        {"prompt": "y", "output": "y-{index}.png", "images": 2}
        """);
    assertEquals(0, run.run("batch", "p.jsonl", "-o", "out"), run.err());
    assertTrue(
        run.files().containsAll(List.of("out/a/b/x.png", "out/y-1.png", "out/y-2.png")),
        run.files().toString());
    assertEquals(
        List.of("one", "2-1", "2-2"),
        manifest("out/manifest.jsonl").stream().map(r -> r.get("id").getAsString()).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\":\"x\",\"output\":\"../x.png\"}|1: output '../x.png' cannot be used",
        "{\"prompt\":\"x\",\"output\":\"link/x.png\"}|1: output 'link/x.png' leads out",
        "{\"prompt\":\"x\",\"output\":\"x.png\",\"images\":2}|1: output 'x.png' names one file",
        "{\"prompt\":\"x\",\"width\":63}|1: width 63",
        "{\"prompt\":\"x\",\"sampler\":\"magic\"}|1: there is no sampler 'magic'",
        "{\"prompt\":\"x\",\"steps\":\"3\"}|1: steps must be a whole number",
      })
  void aBadLineStopsEverythingUnlessItIsSkipped(String line, String part) throws IOException {
    write("p.jsonl", line + "\n{\"prompt\": \"good\", \"output\": \"good.png\"}\n");
    Files.createDirectories(run.work().resolve("out"));
    Files.createSymbolicLink(run.work().resolve("out/link"), folder);
    assertEquals(2, run.run("batch", "p.jsonl", "-o", "out"));
    assertTrue(run.err().contains("p.jsonl:" + part), run.err());
    assertEquals(2, run.err().lines().count(), run.err());
    assertEquals("", run.out());
    assertFalse(run.files().contains("out/batch.json"));

    assertEquals(0, again().run("batch", "p.jsonl", "-o", "out", "--skip-invalid"), run.err());
    assertTrue(run.files().contains("out/good.png"));
    assertEquals(1, run.out().lines().count());
  }

  @Test
  void twoLinesWithOneOutputAreTold() throws IOException {
    write(
        "p.jsonl",
        "{\"prompt\":\"x\",\"output\":\"a.png\"}\n{\"prompt\":\"y\",\"output\":\"./a.png\"}\n");
    assertEquals(2, run.run("batch", "p.jsonl"));
    assertTrue(run.err().contains("p.jsonl:2: line 1 has the same output"), run.err());
  }

  @Test
  void aLinesOutputTellsItsFormat() throws IOException {
    write("p.jsonl", "{\"prompt\":\"a fox\",\"seed\":5,\"output\":\"{seed}.jpg\"}\n");
    assertEquals(0, run.run("batch", "p.jsonl"), run.err());
    byte[] file = Files.readAllBytes(run.work().resolve("p/5.jpg"));
    assertEquals(0xFFD8, (file[0] & 0xFF) << 8 | (file[1] & 0xFF));
    run.out.reset();
    assertEquals(0, run.run("inspect", "--json", "p/5.jpg"), run.err());
    assertTrue(run.out().contains("\"prompt\":\"a fox\""), run.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "h.png|h.png/1.png|'h.png/1.png' needs a folder where line 1 has the file 'h.png'",
        "h.jpg/1.png|h.jpg|'h.jpg' is a folder of line 1's output",
        "a/b.webp|a/b.webp/c/d.png|'a/b.webp/c/d.png' needs a folder where line 1 has the file"
            + " 'a/b.webp'",
        "x.png|old.png|'old.png' is a folder; name a file",
        "x.png|thesis.txt|'thesis.txt' cannot be used: a picture's name ends in .png, .jpg",
        "x.png|x|'x' cannot be used: a picture's name ends in .png, .jpg",
        "x.png|a\\u009bb.png|'a\\u009bb.png' cannot be used: it contains a character that",
        "x.png|a\\u202eb.png|'a\\u202eb.png' cannot be used: it contains a character that",
        "x.png|file/y.png|'file/y.png' needs a folder where there is a file, 'file'",
      })
  void anOutputThatIsAFolderIsTold(String first, String second, String part) throws IOException {
    write(
        "p.jsonl",
        "{\"prompt\":\"x\",\"output\":\"%s\"}\n{\"prompt\":\"y\",\"output\":\"%s\"}\n"
            .formatted(first, second));
    Files.createDirectories(run.work().resolve("p/old.png"));
    write("p/file", "mine");
    assertEquals(2, run.run("batch", "p.jsonl"));
    assertTrue(run.err().contains("p.jsonl:2: output " + part), run.err());
    assertEquals(0, again().run("batch", "p.jsonl", "--skip-invalid"), run.err());
    assertEquals(1, run.out().lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2|batch|there is no prompt file",
        "2|batch missing.txt|there is no file missing.txt",
        "2|batch .|is a folder",
        "2|batch empty.txt|no prompt in empty.txt",
        "2|batch binary.txt|is not a prompt file: line 1",
        "2|batch noending|--output FOLDER",
        "2|batch -|--output FOLDER",
        "2|batch one.txt --shard 3/2|shard 3/2",
        "2|batch one.txt --workers 0|--workers",
        "2|batch one.txt --batch-size 0|--batch-size",
        "2|batch one.txt --threads 0|--threads must be between 1 and 1024, not 0",
        "2|batch one.txt --threads 1025|--threads must be between 1 and 1024, not 1025",
        "2|batch one.txt --threads all|--threads",
        "2|batch one.txt --device cpu,cpu|twice",
        "2|batch one.txt --device gpu|--device 'gpu' is not known",
        "2|batch --status nowhere|is not the folder of a batch",
        "2|batch one.txt -o taken|belongs to the batch of other.txt",
        "1|batch one.txt -o binary.txt/x|binary.txt",
      })
  void eachErrorIsOneLineAndItsStatus(int status, String arguments, String part)
      throws IOException {
    write("empty.txt", "\n# nothing\n");
    Files.write(run.work().resolve("binary.txt"), new byte[] {(byte) 0x89, 'P', 'N', 'G', 0});
    write("noending", "a house\n");
    write("one.txt", "a house\n");
    Files.createDirectories(run.work().resolve("taken"));
    write("taken/batch.json", "{\"source\":\"other.txt\",\"seed\":1,\"pictures\":1}");
    List<String> before = run.files();
    assertEquals(status, run.run(arguments.split(" ")), run.err());
    List<String> errors = run.err().lines().filter(line -> !line.contains("fake on cpu")).toList();
    assertEquals(1, errors.size(), run.err());
    assertTrue(errors.get(0).contains(part), run.err());
    assertEquals("", run.out());
    assertEquals(before, run.files());
  }

  @Test
  void aPromptThatFailsDoesNotEndTheBatch() throws IOException {
    write("prompts.txt", "a house\na broken boat\na car\n");
    run.pipeline = new Breaking("broken");
    assertEquals(4, run.run("batch", "prompts.txt"), run.err());
    assertEquals(2, run.out().lines().count());
    assertTrue(run.err().contains("line 2, picture 2: it broke"), run.err());
    assertEquals(
        "it broke",
        manifest("prompts/manifest.jsonl").stream()
            .filter(record -> record.has("error"))
            .findFirst()
            .orElseThrow()
            .get("error")
            .getAsString());

    assertEquals(4, again().run("batch", "prompts.txt"), "still failed, and left");
    assertEquals(List.of(), run.pipeline.batches);
    assertEquals(0, again().run("batch", "prompts.txt", "--retry-failed"), run.err());
    assertEquals(1, run.pipeline.batches.size());
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(0, again().run("batch", "--status", "prompts"), run.err());
    assertEquals("prompts.txt: 3 of 3 made, 0 failed, 0 left\n", run.out());
  }

  @Test
  void outOfMemoryHalvesTheBatchAndSaysSoOnce() throws IOException {
    write("prompts.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\n");
    run.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            if (requests.size() > 1) {
              throw new OutOfMemoryException("out of memory for pictures", null);
            }
            return super.generate(requests, listener);
          }
        };
    assertEquals(0, run.run("batch", "prompts.txt", "--batch-size", "8"), run.err());
    assertEquals(9, run.out().lines().count());
    assertEquals(1, run.err().lines().filter(line -> line.contains("out of memory")).count());
  }

  @Test
  void aFailedDeviceLeavesItsWorkToTheOthers() throws IOException {
    write("prompts.txt", "a house\n".repeat(20));
    CountDownLatch failed = new CountDownLatch(1);
    List<FakePipeline> opened = Collections.synchronizedList(new ArrayList<>());
    run.opener =
        (model, options) -> {
          FakePipeline pipeline = opened.isEmpty() ? new Failing(failed) : new Waiting(failed);
          opened.add(pipeline);
          return pipeline;
        };
    assertEquals(
        0, run.run("batch", "prompts.txt", "--workers", "3", "--batch-size", "2"), run.err());
    assertEquals(20, run.out().lines().count());
    assertTrue(run.err().contains("the device cpu fails"), run.err());
    assertTrue(opened.stream().allMatch(pipeline -> pipeline.closed));
  }

  @Test
  void whereEveryDeviceFailsTheRestIsLeftForLater() throws IOException {
    write("prompts.txt", "a house\n".repeat(20));
    run.pipeline = new Failing(new CountDownLatch(1));
    assertEquals(1, run.run("batch", "prompts.txt"), run.err());
    assertTrue(run.err().contains("no device works any more"), run.err());
    assertEquals(List.of(), manifest("prompts/manifest.jsonl"), "no picture is given up");
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(20, run.out().lines().count());
  }

  @Test
  void shardsPartTheWorkAndShareTheFolder() throws IOException {
    write("prompts.txt", "a house\na boat\na car\na tree\na windmill\n");
    assertEquals(0, run.run("batch", "prompts.txt", "--shard", "1/2"), run.err());
    assertEquals(3, run.out().lines().count());
    again()
        .environment
        .putAll(java.util.Map.of("JOB_COMPLETION_INDEX", "1", "DARKROOM_SHARDS", "2"));
    assertEquals(0, run.run("batch", "prompts.txt"), run.err());
    assertEquals(2, run.out().lines().count());
    assertEquals(3, manifest("prompts/manifest-1-of-2.jsonl").size());
    assertEquals(2, manifest("prompts/manifest-2-of-2.jsonl").size());
    assertEquals(0, again().run("batch", "prompts.txt"), "all is there, whoever made it");
    assertEquals("", run.out());
    assertEquals(0, again().run("batch", "--status", "prompts", "--json"));
    JsonObject status = JsonParser.parseString(run.out()).getAsJsonObject();
    assertEquals(5, status.get("made").getAsInt());
    assertEquals(0, status.get("left").getAsInt());
  }

  @Test
  void aDryRunMakesNothing() throws IOException {
    write("prompts.txt", THREE);
    assertEquals(0, run.run("batch", "prompts.txt", "--dry-run", "-s", "4"), run.err());
    assertEquals(List.of("prompts.txt"), run.files());
    assertEquals(3, run.out().lines().count());
    assertTrue(run.out().contains("0001-a-red-house-4.png"));
    assertTrue(run.err().contains("would make 3 of 16x8"), run.err());
    assertTrue(run.err().contains("in about 0:0"), run.err());
    // Texts that are known take no time: those of the pass that counts are new.
    List<List<ImageRequest>> passes = run.pipeline.batches;
    assertEquals(2, passes.size());
    assertNotEquals(passes.get(0).get(0).prompt(), passes.get(1).get(0).prompt());
  }

  @Test
  void aProgramGetsEvents() throws IOException {
    write("prompts.txt", "a house\na broken boat\n");
    run.pipeline = new Breaking("broken");
    assertEquals(4, run.run("batch", "prompts.txt", "--json", "-q", "-s", "3"));
    List<JsonObject> events =
        run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(
        List.of("start", "picture", "failed", "end"),
        events.stream().map(event -> event.get("event").getAsString()).toList());
    assertEquals(2, events.get(0).get("to_make").getAsInt());
    assertEquals("a house", events.get(1).get("prompt").getAsString());
    assertEquals(3, events.get(1).get("seed").getAsLong());
    assertEquals("it broke", events.get(2).get("error").getAsString());
    assertEquals(1, events.get(3).get("failed").getAsInt());
  }

  @Test
  void aProgramGetsEventsOfAStream() throws IOException {
    run.standardInput("a house\n--prompt x --stepz\n");
    assertEquals(4, run.run("batch", "-", "--json", "-q", "-s", "3", "-o", "out"));
    List<JsonObject> events =
        run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(
        List.of("end", "invalid", "picture", "start"),
        events.stream().map(event -> event.get("event").getAsString()).sorted().toList());
    JsonObject start = events.get(0);
    assertEquals("start", start.get("event").getAsString());
    assertEquals(3, start.get("seed").getAsLong());
    assertEquals("fake", start.get("model").getAsString());
    assertFalse(start.has("pictures"));
    assertEquals("end", events.get(3).get("event").getAsString());
  }

  @Test
  void aStreamIsPaintedAsItArrives() throws Exception {
    PipedOutputStream prompts = new PipedOutputStream();
    run.in = new PipedInputStream(prompts);
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(() -> run.run("batch", "-", "-o", "out", "-s", "7"));
    for (String prompt : List.of("a house", "a boat")) {
      int before = run.out().split("\n", -1).length;
      prompts.write((prompt + "\n").getBytes(StandardCharsets.UTF_8));
      prompts.flush();
      while (run.out().split("\n", -1).length == before) {
        Thread.sleep(5);
        assertFalse(status.isDone(), run.err());
      }
    }
    prompts.write("--prompt x --stepz\nthe last, cut of".getBytes(StandardCharsets.UTF_8));
    prompts.close();
    assertEquals(4, status.get(), run.err());
    assertTrue(run.out().contains("0001-a-house-7.png"), run.out());
    assertTrue(run.out().contains("0002-a-boat-8.png"), run.out());
    assertTrue(run.out().contains("0004-the-last-cut-of-10.png"), run.out());
    assertTrue(run.err().contains("-:3: unknown option"), run.err());

    again().standardInput("a house\n");
    assertEquals(0, run.run("batch", "-", "-o", "out"), run.err());
    assertTrue(run.out().contains("0001-a-house-7.png"), "a caller learns where it is");
    assertEquals(List.of(), run.pipeline.batches);
  }

  @Test
  void namesStaySafeAndUnique() throws IOException {
    write(
        "prompts.txt",
        "\u0001\u001b[31m\u0007\n" + "🦊".repeat(300) + "\n" + "🦊".repeat(300) + "\n");
    assertEquals(0, run.run("batch", "prompts.txt", "-s", "1"), run.err());
    assertEquals(
        List.of("0001-31m-1.png", "0002-untitled-2.png", "0003-untitled-3.png"),
        run.out().lines().map(line -> Path.of(line).getFileName().toString()).toList());
  }

  @Test
  void aManifestThatWasCutOffIsMended() throws IOException {
    write("prompts.txt", "a house\na boat\n");
    run.run("batch", "prompts.txt", "-s", "1");
    Path manifest = run.work().resolve("prompts/manifest.jsonl");
    byte[] bytes = Files.readAllBytes(manifest);
    Files.write(manifest, java.util.Arrays.copyOf(bytes, bytes.length - 30));
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(1, run.out().lines().count());
    assertEquals(2, manifest("prompts/manifest.jsonl").size());
  }

  @Test
  void aFullDiskOrAClosedPipeEndsTheBatchWithoutAStub() throws IOException {
    write("prompts.txt", "a house\n".repeat(9));
    run.standardOutput =
        new java.io.OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertEquals(1, run.run("batch", "prompts.txt"));
    assertTrue(run.err().contains("cannot write to standard output: Broken pipe"), run.err());
    assertTrue(run.files().stream().noneMatch(file -> file.endsWith(".tmp")));
    assertEquals(0, again().run("batch", "prompts.txt"), run.err());
    assertEquals(9, manifest("prompts/manifest.jsonl").size());
  }

  // ---------------------------------------------------------------- files of others

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\":\"PROMPT\",\"output\":\"n.png\"}",
        "--prompt PROMPT -o n.png",
        "--prompt PROMPT -o {seed}.png",
        "--prompt PROMPT -o sub/n.png"
      })
  void aChangedLineGoesBesideTheOldPictureWhateverNamesTheFile(String line) throws IOException {
    write("p.txt", line.replace("PROMPT", "house"));
    assertEquals(0, run.run("batch", "p.txt", "-s7"), run.err());
    String old = run.work().relativize(Path.of(run.out().strip())).toString();
    byte[] bytes = Files.readAllBytes(run.work().resolve(old));
    write("p.txt", line.replace("PROMPT", "boat"));
    assertEquals(0, again().run("batch", "p.txt"), run.err());
    assertArrayEquals(bytes, Files.readAllBytes(run.work().resolve(old)));
    assertTrue(run.err().contains("made with another prompt or other settings"), run.err());
    String fresh = run.work().relativize(Path.of(run.out().strip())).toString();
    assertNotEquals(old, fresh);
    assertTrue(run.read(fresh).text().get("parameters").startsWith("boat"));
    for (String prompt : List.of("boat", "house")) {
      write("p.txt", line.replace("PROMPT", prompt));
      assertEquals(0, again().run("batch", "p.txt"), run.err());
      assertEquals(List.of(), run.pipeline.batches, prompt);
    }
  }

  @Test
  void twoFilesOfOneNameDoNotShareAFolder() throws IOException {
    Files.createDirectories(run.work().resolve("a"));
    Files.createDirectories(run.work().resolve("b"));
    write("a/p.txt", "--prompt house -o x.png\n");
    write("b/p.txt", "--prompt boat -o x.png\n");
    assertEquals(0, run.run("batch", "a/p.txt"), run.err());
    List<String> before = run.files();
    assertEquals(2, again().run("batch", "b/p.txt"), run.err());
    assertTrue(run.err().contains("the folder " + run.work().resolve("p")), run.err());
    assertTrue(run.err().contains("belongs to the batch of"), run.err());
    assertTrue(run.err().contains("a/p.txt, not of"), run.err());
    assertEquals(before, run.files());
    assertEquals(0, again().run("batch", "b/p.txt", "-o", "other"), run.err());
    assertEquals(0, again().run("batch", "a/p.txt"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
  }

  @Test
  void aBatchMayMoveWithItsFileOrWithoutIt() throws IOException {
    Files.createDirectories(run.work().resolve("a"));
    write("a/p.txt", "house\n");
    assertEquals(0, run.run("batch", "a/p.txt", "-o", "a/out"), run.err());
    Files.move(run.work().resolve("a"), run.work().resolve("b"));
    Files.createDirectories(run.work().resolve("a"));
    write("a/p.txt", "another\n");
    assertEquals(0, again().run("batch", "b/p.txt", "-o", "b/out"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
    Files.move(run.work().resolve("b/p.txt"), run.work().resolve("p.txt"));
    for (int i = 0; i < 2; i++) {
      assertEquals(0, again().run("batch", "p.txt", "-o", "b/out"), run.err());
      assertEquals(List.of(), run.pipeline.batches);
    }
    assertEquals(2, again().run("batch", "a/p.txt", "-o", "b/out"), run.err());
  }

  @Test
  void aFileOfTheUsersIsKeptAndThePictureGoesBeside() throws IOException {
    write("mine.png", "mine");
    write("p.txt", "--prompt house -o mine.png\n");
    assertEquals(0, run.run("batch", "p.txt", "-o", "."), run.err());
    assertEquals("mine", Files.readString(run.work().resolve("mine.png")));
    assertTrue(run.err().contains("mine.png: not made by this batch; it stays"), run.err());
    assertEquals(1, run.pipeline.batches.size());
    assertEquals(0, again().run("batch", "p.txt", "-o", "."), run.err());
    assertEquals(List.of(), run.pipeline.batches);
    assertEquals("mine", Files.readString(run.work().resolve("mine.png")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"thesis.txt", "p.jsonl", "house", "house.{seed}", "a.png/b", "x.pngs"})
  void anOutputThatIsNoPictureIsRefused(String output) throws IOException {
    write("thesis.txt", "mine");
    String line = "{\"prompt\":\"x\",\"output\":\"" + output + "\"}\n";
    write("p.jsonl", line);
    assertEquals(2, run.run("batch", "p.jsonl", "-o", "."), run.err());
    assertTrue(run.err().contains("p.jsonl:1: output '" + output + "' cannot be"), run.err());
    assertTrue(run.err().contains("ends in .png"), run.err());
    assertEquals("mine", Files.readString(run.work().resolve("thesis.txt")));
    assertEquals(line, Files.readString(run.work().resolve("p.jsonl")));
    assertEquals(List.of("p.jsonl", "thesis.txt"), run.files());
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"file\": \"a.wav\"}\n{\"file\": \"b.w", "my list", "\n\nx\n"})
  void aManifestOfAnotherProgramIsLeftAlone(String text) throws IOException {
    write("p.txt", "house\n");
    write("manifest.jsonl", text);
    assertEquals(2, run.run("batch", "p.txt", "-o", "."), run.err());
    assertTrue(
        run.err().contains("manifest.jsonl is not the manifest of a batch; move it"), run.err());
    assertEquals(List.of("manifest.jsonl", "p.txt"), run.files());
    assertEquals(text, Files.readString(run.work().resolve("manifest.jsonl")));
  }

  /** Or was cut off in its first line. */
  @Test
  void aManifestWhoseDescriptionIsGoneGoesOn() throws IOException {
    write("p.txt", "house\n");
    assertEquals(0, run.run("batch", "p.txt", "-s1"), run.err());
    for (int cut : new int[] {0, 40}) {
      Files.delete(run.work().resolve("p/batch.json"));
      Path manifest = run.work().resolve("p/manifest.jsonl");
      byte[] bytes = Files.readAllBytes(manifest);
      Files.write(manifest, java.util.Arrays.copyOf(bytes, bytes.length - cut));
      assertEquals(0, again().run("batch", "p.txt", "-s1"), run.err());
      assertEquals(cut == 0 ? 0 : 1, run.pipeline.batches.size());
    }
  }

  @Test
  void aPictureThatItsUserRetouchedIsKeptAndSaid() throws IOException {
    write("p.txt", "house\n--prompt boat -o boat.png\n");
    assertEquals(0, run.run("batch", "p.txt", "-s1"), run.err());
    List<String> files = run.files();
    for (String picture : List.of("p/0001-house-1.png", "p/boat.png")) {
      Path file = run.work().resolve(picture);
      Png png = run.read(picture);
      try (OutputStream out = Files.newOutputStream(file)) {
        new PngWriter(out).write(new Png(png.image(), java.util.Map.of("Comment", "retouched")));
      }
    }
    assertEquals(0, again().run("batch", "p.txt"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
    assertTrue(
        run.err()
            .contains("0001-house-1.png, boat.png: changed since this batch made it, and kept"),
        run.err());
    // Nor does another prompt cost it.
    write("p.txt", "house\n--prompt ship -o boat.png\n");
    assertEquals(0, again().run("batch", "p.txt"), run.err());
    assertEquals("retouched", run.read("p/boat.png").text().get("Comment"));
    assertEquals(files.size() + 1, run.files().size());
  }

  @Test
  void whatAKilledRunLeftIsRemovedWhereTheBatchWrites() throws IOException {
    write("p.txt", "house\n--prompt boat -o sub/boat.png\n");
    assertEquals(0, run.run("batch", "p.txt"), run.err());
    List<String> files = run.files();
    for (String folder : List.of("p/", "p/sub/")) {
      write(folder + Batch.temporaryPrefix(Shard.WHOLE) + "77.tmp", "half");
    }
    String other = "p/" + Batch.temporaryPrefix(new Shard(1, 2)) + "77.tmp";
    write(other, "another shard's");
    assertEquals(0, again().run("batch", "p.txt"), run.err());
    Set<String> expected = new TreeSet<>(files);
    expected.add(other);
    assertEquals(List.copyOf(expected), run.files());
  }

  /** Between the plan and the writing. */
  @Test
  void aFileThatAppearsMeanwhileIsKept() throws IOException {
    write("p.txt", "--prompt house -o x.png\n");
    run.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            try {
              write("p/x.png", "mine");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
            return super.generate(requests, listener);
          }
        };
    assertEquals(0, run.run("batch", "p.txt", "-s1"), run.err());
    assertEquals("mine", Files.readString(run.work().resolve("p/x.png")));
    String fresh = run.work().relativize(Path.of(run.out().strip())).toString();
    assertEquals(1, run.read(fresh).image().rgb()[0]);
    assertEquals(0, again().run("batch", "p.txt"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
  }

  @Test
  void anIdIsOnePictures() throws IOException {
    write(
        "p.jsonl",
        """
        {"prompt":"a","id":"x"}
        {"prompt":"b","id":"x"}
        {"prompt":"c","id":5}
        {"prompt":"d"}
        {"prompt":"e"}
        """);
    assertEquals(2, run.run("batch", "p.jsonl"));
    assertEquals(
        "darkroom: p.jsonl:2: line 1 already has the id 'x'; give line 2 another one\n"
            + "darkroom: p.jsonl:5: line 3 already has the id '5'; give line 5 another one\n"
            + "darkroom: 2 lines are invalid, so nothing was made; correct them, or make the other lines"
            + " with --skip-invalid\n",
        run.err());
  }

  @Test
  void aLineThatWasChangedDoesNotCountAsMade() throws IOException {
    write("p.txt", "house\nboat\n");
    assertEquals(0, run.run("batch", "p.txt", "-s1"), run.err());
    write("p.txt", "house\nbroken ship\nnew\n");
    again().pipeline = new Breaking("broken");
    assertEquals(4, run.run("batch", "p.txt"), run.err());
    assertEquals(4, again().run("batch", "--status", "p"), run.err());
    assertEquals("p.txt: 2 of 3 made, 1 failed, 0 left\n", run.out());
  }

  @Test
  void aDeviceThatIsNotThereIsNoWarning() throws IOException {
    write("p.txt", "house\n");
    assertEquals(2, run.run("batch", "p.txt", "--device", "cpu,cuda:99"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(0, run.opened);
    assertEquals(List.of("p.txt"), run.files());
  }

  @Test
  void badLinesOfAStreamAreToldApartFromFailures() throws IOException {
    run.standardInput("a house\n--prompt x --stepz\n{\n");
    assertEquals(4, run.run("batch", "-", "--json", "-s", "3", "-o", "out"));
    JsonObject end =
        JsonParser.parseString(run.out().lines().reduce((a, b) -> b).orElseThrow())
            .getAsJsonObject();
    assertEquals(0, end.get("failed").getAsInt());
    assertEquals(1, end.get("invalid").getAsInt());
    assertEquals(2, end.get("made").getAsInt());
    assertTrue(run.err().endsWith("1 line is invalid and was skipped\n"), run.err());
    assertFalse(run.err().contains("failed"), run.err());
    again().standardInput("--prompt x --stepz\n");
    assertEquals(0, run.run("batch", "-", "--skip-invalid", "-o", "out"), run.err());
  }

  // ---------------------------------------------------------------- what is read

  @Test
  void onlyWhatHasAnEndIsRead() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/zero")));
    assertEquals(2, run.run("batch", "/dev/zero", "-o", "out"));
    assertEquals("darkroom: /dev/zero is a device; name a file of prompts\n", run.err());
    Path pipe = run.work().resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
    CompletableFuture<Void> writing =
        CompletableFuture.runAsync(
            () -> {
              try {
                Files.writeString(pipe, "a house\n", StandardOpenOption.WRITE);
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    assertEquals(0, again().run("batch", "pipe", "-o", "out"), run.err());
    writing.get();
    assertEquals(1, run.out().lines().count());
    run = new CommandRun(folder);
    run.standardInput("a boat\n");
    assertEquals(0, run.run("batch", "/dev/stdin", "-o", "other"), run.err());
    assertEquals(1, run.out().lines().count());
  }

  @Test
  void aTableIsPainted() throws IOException {
    write("p.csv", "\uFEFFprompt;seed;Size\na;1;2\n");
    assertEquals(2, run.run("batch", "p.csv"));
    assertTrue(
        run.err().contains("the column Size is unknown; there are prompt, negative"), run.err());
    write("p.csv", "prompt,seed,output\r\n\"a red, \"\"big\"\" house\",7,h.png\r\na boat,,\r\n");
    assertEquals(0, again().run("batch", "p.csv", "-s1"), run.err());
    assertEquals(
        List.of("p.csv", "p/0003-a-boat-2.png", "p/batch.json", "p/h.png", "p/manifest.jsonl"),
        run.files());
    assertTrue(run.read("p/h.png").text().get("parameters").startsWith("a red, \"big\" house\n"));
  }

  @Test
  void minusOneLeavesTheSeedToTheFolder() throws IOException {
    write("p.txt", "house\n");
    assertEquals(0, run.run("batch", "p.txt", "-s", "-1"), run.err());
    assertEquals(0, again().run("batch", "p.txt", "-s", "-1"), run.err());
    assertEquals(List.of(), run.pipeline.batches);
  }

  /** Breaks on pictures whose prompt has a word. */
  private static final class Breaking extends FakePipeline {
    private final String word;

    Breaking(String word) {
      this.word = word;
    }

    @Override
    public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
      if (requests.stream().anyMatch(request -> request.prompt().contains(word))) {
        throw new BrokenPictureException("it broke");
      }
      return super.generate(requests, listener);
    }
  }

  /** A device that is broken. */
  private static final class Failing extends FakePipeline {
    private final CountDownLatch failed;

    Failing(CountDownLatch failed) {
      this.failed = failed;
    }

    @Override
    public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
      failed.countDown();
      throw new IllegalStateException("CUDA error: an illegal memory access was encountered");
    }
  }

  /** Leaves something to do for one that fails. */
  private static final class Waiting extends FakePipeline {
    private final CountDownLatch failed;

    Waiting(CountDownLatch failed) {
      this.failed = failed;
    }

    @Override
    public List<RenderedImage> generate(List<ImageRequest> requests, PipelineListener listener) {
      try {
        assertTrue(failed.await(60, TimeUnit.SECONDS), "nobody has failed");
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return super.generate(requests, listener);
    }
  }
}
