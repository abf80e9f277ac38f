package io.darkroom.cli.picture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.image.Fit;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Margins;
import io.darkroom.request.Seamless;
import io.darkroom.request.Setting;
import io.darkroom.request.Start;
import io.darkroom.request.Variation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures that begin with a picture, by options, batch lines and recipes. */
class StartCommandTest {
  @TempDir private Path temporary;
  private CommandRun command;

  @BeforeEach
  void pictures() throws IOException {
    command = new CommandRun(temporary);
    write("photo.png", 10);
    write("mask.png", 255);
  }

  private void write(String file, int level) throws IOException {
    byte[] rgb = new byte[3 * 24 * 16];
    Arrays.fill(rgb, (byte) level);
    Path path = command.work().resolve(file);
    Files.createDirectories(path.getParent());
    try (OutputStream out = Files.newOutputStream(path)) {
      new PngWriter(out).write(new Png(new RgbImage(24, 16, rgb), Map.of()));
    }
  }

  private CommandRun again() throws IOException {
    command = new CommandRun(temporary);
    return command;
  }

  private ImageRequest painted() {
    return command.pipeline.batches.get(0).get(0);
  }

  private JsonObject recipe(String file) throws IOException {
    return JsonParser.parseString(command.read(file).text().get("darkroom")).getAsJsonObject();
  }

  @Test
  void optionsSayWhatARunBeginsWith() throws IOException {
    assertEquals(
        0,
        command.run(
            "x", "-i", "photo.png", "--strength", "0.4", "--fit", "crop", "-o", "a.png", "--json"),
        command::err);
    Start.Image image = assertInstanceOf(Start.Image.class, painted().start());
    assertEquals(0.4, image.strength());
    assertEquals(Fit.CROP, image.fit());
    assertEquals(24, painted().settings().width());
    assertEquals(16, painted().settings().height());
    JsonObject line = JsonParser.parseString(command.out()).getAsJsonObject();
    JsonObject recipe = recipe("a.png");
    for (JsonObject told : List.of(line, recipe)) {
      assertEquals("photo.png", told.get("init_image").getAsString());
      assertEquals(image.picture().hash(), told.get("init_image_hash").getAsString());
      assertEquals(0.4, told.get("strength").getAsDouble());
      assertEquals("crop", told.get("fit").getAsString());
      assertFalse(told.has("mask"));
    }
    String parameters = command.read("a.png").text().get("parameters");
    assertTrue(parameters.contains(", Denoising strength: 0.4"), parameters);
  }

  @Test
  void aMaskComesWithItsOptions() throws IOException {
    assertEquals(
        0,
        command.run(
            "x",
            "-i",
            "photo.png",
            "--mask",
            "mask.png",
            "--mask-blur",
            "2",
            "--invert-mask",
            "--soft-mask",
            "--no-paste-back",
            "-o",
            "a.png"),
        command::err);
    Start.Inpaint inpaint = assertInstanceOf(Start.Inpaint.class, painted().start());
    assertEquals(1, inpaint.image().strength());
    assertEquals(2, inpaint.blur());
    assertTrue(inpaint.inverted());
    assertFalse(inpaint.pastesBack());
    assertEquals(Start.MaskEdge.SOFT, inpaint.edge());
    assertTrue(command.err().contains("mask.png: no part is black"), command::err);
    assertTrue(recipe("a.png").get("invert_mask").getAsBoolean());
    assertFalse(recipe("a.png").get("paste_back").getAsBoolean());
    assertTrue(command.read("a.png").text().get("parameters").contains(", Mask blur: 2"));
  }

  @Test
  void standardInputMayBeThePicture() throws IOException {
    command.in = new ByteArrayInputStream(Files.readAllBytes(command.work().resolve("photo.png")));
    assertEquals(0, command.run("x", "-i", "-", "-o", "a.png"), command::err);
    assertInstanceOf(Start.Image.class, painted().start());
  }

  @Test
  void standardInputIsOneThing() {
    command.in = new ByteArrayInputStream("a house".getBytes(UTF_8));
    assertEquals(2, command.run("-", "-i", "-", "-o", "a.png"));
    assertTrue(
        command.err().contains("standard input can be the prompt or the picture"), command::err);
  }

  /** The original would be lost, and nothing could make the result again. */
  @ParameterizedTest
  @ValueSource(strings = {"photo.png", "./photo.png", "link.png", "mask.png"})
  void aPictureIsNotReplacedByWhatIsMadeOfIt(String output) throws IOException {
    Files.createSymbolicLink(command.work().resolve("link.png"), Path.of("photo.png"));
    byte[] before = Files.readAllBytes(command.work().resolve(output));
    assertEquals(2, command.run("x", "-i", "photo.png", "--mask", "mask.png", "-o", output));
    assertTrue(command.err().contains("would replace its source picture"), command::err);
    assertEquals(0, command.opened);
    assertArrayEquals(before, Files.readAllBytes(command.work().resolve(output)));
  }

  @Test
  void theRecipeMakesTheSameRequestAgain() throws IOException {
    assertEquals(
        0,
        command.run(
            "x",
            "-s",
            "3",
            "-i",
            "photo.png",
            "--mask",
            "mask.png",
            "--no-paste-back",
            "-o",
            "a.png"),
        command::err);
    ImageRequest first = painted();
    assertEquals(0, again().run("again", "a.png", "-m", "other", "-o", "b.png"), command::err);
    assertEquals(first, painted());
    assertEquals(first.start(), painted().start());
    assertEquals(
        0,
        again().run("again", "a.png", "-m", "other", "--strength", "0.5", "-o", "c.png"),
        command::err);
    assertEquals(0.5, ((Start.Inpaint) painted().start()).image().strength());
  }

  /** Another picture under the same name would make another picture without a word. */
  @Test
  void againRefusesAnotherPictureUnlessItIsChosen() throws IOException {
    assertEquals(0, command.run("x", "-i", "photo.png", "-o", "a.png"), command::err);
    write("photo.png", 99);
    assertEquals(2, again().run("again", "a.png", "-m", "other"));
    assertTrue(
        command.err().contains("photo.png has changed since this one was made from it"),
        command::err);
    assertEquals(0, command.opened);
    assertEquals(0, again().run("again", "a.png", "-m", "other", "-i", "photo.png"), command::err);
    Files.delete(command.work().resolve("photo.png"));
    assertEquals(2, again().run("again", "a.png", "-m", "other"));
    assertTrue(command.err().contains("photo.png: there is no such file"), command::err);
  }

  @Test
  void linesNamePicturesBesideTheirFile() throws IOException {
    write("night/photo.png", 10);
    write("night/other.png", 20);
    Files.writeString(
        command.work().resolve("night/prompts.jsonl"),
        """
        {"prompt": "a", "init_image": "photo.png", "strength": 0.5}
        {"prompt": "b", "init_image": "other.png", "strength": 0.5}
        {"prompt": "c", "init_image": "photo.png", "mask": "other.png", "paste_back": false}
        {"prompt": "d"}
        """);
    assertEquals(0, command.run("batch", "night/prompts.jsonl", "-o", "out"), command::err);
    assertEquals(4, command.pipeline.batches.size(), "no two begin alike");
    Start.Inpaint third = (Start.Inpaint) command.pipeline.batches.get(2).get(0).start();
    assertFalse(third.pastesBack());
    assertEquals(Start.NOISE, command.pipeline.batches.get(3).get(0).start());
  }

  /** Its picture lies beside the prompt file, not where the program works. */
  @Test
  void aBatchsPictureIsFoundAgain() throws IOException {
    write("night/init.png", 10);
    Files.writeString(
        command.work().resolve("night/p.jsonl"),
        "{\"prompt\": \"a\", \"init_image\": \"init.png\", \"output\": \"one.png\"}\n");
    assertEquals(0, command.run("batch", "night/p.jsonl", "-o", "out"), command::err);
    assertEquals("night/init.png", recipe("out/one.png").get("init_image").getAsString());
    Start first = painted().start();
    assertEquals(0, again().run("again", "out/one.png", "-m", "other"), command::err);
    assertEquals(first, painted().start());
  }

  /** Nobody waits for a picture that nobody sends. */
  @Test
  void againAsksForWhatCameThroughStandardInput() throws IOException {
    command.in = new ByteArrayInputStream(Files.readAllBytes(command.work().resolve("photo.png")));
    assertEquals(0, command.run("x", "-i", "-", "-o", "a.png"), command::err);
    assertEquals(2, again().run("again", "a.png", "-m", "other"));
    assertTrue(command.err().contains("give it with --init-image"), command::err);
    assertEquals(0, again().run("again", "a.png", "-m", "other", "-i", "photo.png"), command::err);
  }

  @Test
  void aLineMayLeaveThePasteOut() throws IOException {
    Files.writeString(
        command.work().resolve("prompts.txt"),
        "--prompt a boat -i photo.png --mask mask.png --no-paste-back\n");
    assertEquals(0, command.run("batch", "prompts.txt"), command::err);
    assertFalse(((Start.Inpaint) painted().start()).pastesBack());
  }

  @Test
  void linesOfOptionsDoSo() throws IOException {
    Files.writeString(
        command.work().resolve("prompts.txt"),
        "--prompt a boat --init_image photo.png --strength 0.5 --invert-mask --mask mask.png\n");
    assertEquals(0, command.run("batch", "prompts.txt"), command::err);
    assertTrue(((Start.Inpaint) painted().start()).inverted());
  }

  /** A picture is known by what is seen in it: a copy is the same, another one is not. */
  @Test
  void theHashKnowsPixelsAndNotPaths() throws IOException {
    Files.copy(command.work().resolve("photo.png"), command.work().resolve("copy.png"));
    write("other.png", 77);
    String photo = hash("photo.png");
    assertEquals(photo, hash("copy.png"));
    assertNotEquals(photo, hash("other.png"));
    assertNotEquals(photo, hash("photo.png", "--strength", "0.5"));
  }

  private String hash(String picture, String... options) throws IOException {
    Files.writeString(command.work().resolve("one.txt"), "a boat\n");
    String[] line = {"batch", "one.txt", "-s", "1", "-i", picture, "-o", "out"};
    String[] all = Arrays.copyOf(line, line.length + options.length);
    System.arraycopy(options, 0, all, line.length, options.length);
    assertEquals(0, again().run(all), command::err);
    List<String> records = Files.readAllLines(command.work().resolve("out/manifest.jsonl"));
    String last = records.get(records.size() - 1);
    Files.delete(command.work().resolve("out/manifest.jsonl"));
    return JsonParser.parseString(last).getAsJsonObject().get("request").getAsString();
  }

  @Test
  void aLineThatMakesNoSenseIsToldBeforeAnythingIsPainted() throws IOException {
    Files.writeString(
        command.work().resolve("prompts.jsonl"),
        """
        {"prompt": "a", "mask": "mask.png"}
        {"prompt": "b", "init_image": "nothing.png"}
        {"prompt": "c", "invert_mask": "yes"}
        """);
    assertEquals(2, command.run("batch", "prompts.jsonl", "-o", "out"));
    assertTrue(command.err().contains("invert_mask must be true or false"), command::err);
    assertEquals(List.of(), command.pipeline.batches);
  }

  @Test
  void aPictureGrows() throws IOException {
    assertEquals(
        0,
        command.run("x", "-i", "photo.png", "--outpaint", "3,0,0,9", "-o", "a.png"),
        command::err);
    Start.Inpaint first = assertInstanceOf(Start.Inpaint.class, painted().start());
    assertEquals(new Margins(8, 0, 0, 16), first.image().margins());
    assertEquals(1, first.image().strength());
    assertEquals(32, painted().settings().width());
    assertEquals(32, painted().settings().height());
    assertEquals("3,0,0,9", recipe("a.png").get("outpaint").getAsString());
    assertFalse(recipe("a.png").has("mask_hash"));
    assertEquals(0, again().run("again", "a.png", "-m", "other"), command::err);
    assertEquals(first, painted().start());
  }

  @Test
  void masksNeedNoFile() throws IOException {
    for (String mask : List.of("0,0,0.5,1", "#0a0a0a")) {
      assertEquals(
          0,
          again().run("x", "-i", "photo.png", "--mask", mask, "--mask-area", "4", "-o", "a.png"),
          command::err);
      Start.Inpaint first = assertInstanceOf(Start.Inpaint.class, painted().start());
      assertEquals(Optional.of(4), first.areaPadding());
      assertEquals(mask, recipe("a.png").get("mask").getAsString());
      assertEquals(4, recipe("a.png").get("mask_area").getAsInt());
      String parameters = command.read("a.png").text().get("parameters");
      assertTrue(parameters.contains(", Masked area padding: 4"), parameters);
      assertEquals(
          command.pipeline.defaults().width(),
          painted().settings().width(),
          "the model sees its own size");
      assertEquals(0, again().run("again", "a.png", "-m", "other"), command::err);
      assertEquals(first, painted().start());
    }
    assertTrue(command.err().isEmpty() || !command.err().contains("warning"), command::err);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--mask alpha | no part of it is transparent",
        "--mask 90,90,99,99 | lies outside the picture, which is 24x16",
        "--mask 5,5,5,9 | has no area",
        "--mask-area 3 | --mask-area needs a mask; give it with --mask",
        "--outpaint 1,2,3 | not four numbers of pixels",
        "--outpaint 0,0,0,0 | adds nothing",
        "--outpaint 99999,99999,99999,99999 | too large",
        "--variation 7 | not SEED:STRENGTH",
        "--variation 7:2 | must be above 0 and at most 1",
        "--seamless z | seamless must be one of none, x, y, xy, not 'z'"
      })
  void whatMakesNoSenseIsSaidInOneLine(String options, String message) {
    List<String> all = new ArrayList<>(List.of("x", "-i", "photo.png", "-o", "a.png"));
    all.addAll(List.of(options.split(" ")));
    assertEquals(2, command.run(all.toArray(String[]::new)));
    assertTrue(command.err().contains(message), command::err);
    assertEquals(1, command.err().lines().count(), command::err);
    assertFalse(Files.exists(command.work().resolve("a.png")));
  }

  @Test
  void outpaintNeedsAPicture() {
    assertEquals(2, command.run("x", "--outpaint", "0,0,8,0"));
    assertTrue(command.err().contains("--outpaint needs a source picture"), command::err);
  }

  /** As the web UI has it: the noise stays, what it is turned to counts on. */
  @Test
  void aSeriesOfVariationsSharesItsSeed() throws IOException {
    assertEquals(
        0,
        command.run("x", "-s", "7", "-N", "3", "--variation", "100:0.3", "-o", "v/{index}.png"),
        command::err);
    List<ImageRequest> requests = command.pipeline.batches.stream().flatMap(List::stream).toList();
    for (int i = 0; i < 3; i++) {
      assertEquals(7, requests.get(i).seed());
      assertEquals(
          Optional.of(new Variation(100 + i, 0.3)),
          requests.get(i).settings().get(Setting.VARIATION));
    }
    assertTrue(requests.get(0).sharesBatchWith(requests.get(1)));
    assertTrue(command.err().contains("seed 7, variation seeds 100 to 102"), command::err);
    String parameters = command.read("v/2.png").text().get("parameters");
    assertTrue(
        parameters.contains(", Variation seed: 101, Variation seed strength: 0.3"), parameters);
    assertEquals("101:0.3", recipe("v/2.png").get("variation").getAsString());
    assertEquals(0, again().run("again", "v/2.png", "-m", "other"), command::err);
    assertEquals(requests.get(1), painted());
  }

  @Test
  void linesSaySoToo() throws IOException {
    Files.writeString(
        command.work().resolve("p.jsonl"),
        """
        {"prompt": "a", "seamless": "xy", "tiled": true}
        {"prompt": "b", "seed": 5, "images": 2, "variation": "9:0.5"}
        {"prompt": "c", "init_image": "photo.png", "outpaint": "0,0,8,0"}
        """);
    assertEquals(0, command.run("batch", "p.jsonl", "-o", "out"), command::err);
    List<ImageRequest> requests = command.pipeline.batches.stream().flatMap(List::stream).toList();
    assertEquals(Seamless.XY, requests.get(0).settings().seamless());
    assertTrue(requests.get(0).settings().tiled());
    assertEquals(5, requests.get(1).seed());
    assertEquals(5, requests.get(2).seed());
    assertEquals(
        Optional.of(new Variation(10, 0.5)), requests.get(2).settings().get(Setting.VARIATION));
    assertInstanceOf(Start.Inpaint.class, requests.get(3).start());
  }
}
