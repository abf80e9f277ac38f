package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.image.GreyImage;
import io.darkroom.image.InputPicture;
import io.darkroom.image.InputPictureReader;
import io.darkroom.image.PictureReader;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpscaleCommandTest {
  private static final String PARAMETERS =
      "a boat\nSteps: 20, Sampler: DDIM, CFG scale: 7.5, Seed: 42, Size: 20x24";

  @TempDir private Path folder;
  private CommandRun run;

  @BeforeEach
  void prepare() throws IOException {
    run = new CommandRun(folder);
  }

  private static String esrgan(String file) {
    return TestModels.directory("tiny-esrgan").resolve(file).toAbsolutePath().toString();
  }

  private int upscale(String... arguments) {
    run.err.reset();
    run.out.reset();
    List<String> line = new ArrayList<>(List.of("upscale", "--device", "cpu", "--dtype", "fp32"));
    line.addAll(List.of(arguments));
    return run.run(line.toArray(String[]::new));
  }

  private void write(String name, Png png) throws IOException {
    try (OutputStream out = Files.newOutputStream(run.work().resolve(name))) {
      new PngWriter(out).write(png);
    }
  }

  private InputPicture picture(String name) throws IOException {
    try (InputStream in = Files.newInputStream(run.work().resolve(name))) {
      return InputPictureReader.read(in);
    }
  }

  private Map<String, String> texts(String name) throws IOException {
    try (InputStream in = Files.newInputStream(run.work().resolve(name))) {
      return new PictureReader(in).readSummary().text();
    }
  }

  private static RgbImage random(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(5).nextBytes(rgb);
    return new RgbImage(width, height, rgb);
  }

  @Test
  void aPictureIsMadeLargerUnderItsOwnName() throws IOException {
    Files.write(run.work().resolve("Boat 1.png"), Golden.bytes("tiny-esrgan/input.png"));
    assertEquals(0, upscale("-m", esrgan("x4_new.safetensors"), "Boat 1.png"), run.err());
    assertEquals(run.work().resolve("Boat 1-4x.png") + "\n", run.out());
    assertEquals("darkroom: x4_new on cpu in fp32\n", run.err());
    RgbImage expected =
        InputPictureReader.read(new ByteArrayInputStream(Golden.bytes("tiny-esrgan/x4.png")))
            .image();
    byte[] large = picture("Boat 1-4x.png").image().rgb();
    assertEquals(expected.rgb().length, large.length);
    for (int i = 0; i < large.length; i++) {
      assertEquals(expected.rgb()[i] & 0xFF, large[i] & 0xFF, 1);
    }

    // Nothing that exists is replaced, unless it is named.
    assertEquals(0, upscale("-m", esrgan("x4_new.safetensors"), "Boat 1.png"), run.err());
    assertEquals(run.work().resolve("Boat 1-4x-2.png") + "\n", run.out());
    assertEquals(
        0, upscale("-m", esrgan("x2_old.safetensors"), "-o", "Boat 1-4x.png", "Boat 1.png"));
    assertEquals(40 * 48 * 3, picture("Boat 1-4x.png").image().rgb().length);
  }

  @Test
  void severalFilesGoIntoAFolderAndOneThatFailsStopsNoOther() throws IOException {
    write("a.png", new Png(random(8, 6), Map.of()));
    write("b.png", new Png(random(5, 7), Map.of()));
    Files.writeString(run.work().resolve("c.png"), "no picture");
    int status =
        upscale(
            "-m", esrgan("x2plus_new.pth"), "-o", "large/", "a.png", "c.png", "gone.png", "b.png");
    assertEquals(1, status);
    assertEquals(
        List.of("a.png", "b.png", "c.png", "large/a-2x.png", "large/b-2x.png"), run.files());
    assertTrue(
        run.err()
            .contains("c.png: the file is not a picture of a known format (PNG, JPEG, WebP...)\n"),
        run.err());
    assertTrue(run.err().contains("gone.png: there is no such file; check the path\n"), run.err());
    assertEquals(16, picture("large/a-2x.png").image().width());
    assertEquals(14, picture("large/b-2x.png").image().height());
  }

  @Test
  void streamsAreReadAndWritten() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new PngWriter(bytes).write(new Png(random(8, 6), Map.of()));
    run.in = new ByteArrayInputStream(bytes.toByteArray());
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "-o", "-", "-"), run.err());
    RgbImage large =
        InputPictureReader.read(new ByteArrayInputStream(run.out.toByteArray())).image();
    assertEquals(16, large.width());
    assertEquals(List.of(), run.files());
    assertEquals(2, upscale("-m", esrgan("x2_old.safetensors"), "-", "-"));
    assertTrue(run.err().contains("standard input can be one picture only"), run.err());
  }

  @Test
  void transparencyIsKept() throws IOException {
    byte[] opacity = new byte[8 * 6];
    for (int i = 0; i < opacity.length; i++) {
      opacity[i] = (byte) (i % 8 < 4 ? 0 : 255);
    }
    Png glass = new Png(random(8, 6), Optional.of(new GreyImage(8, 6, opacity)), Map.of());
    write("glass.png", glass);
    for (String name : List.of("large.png", "large.webp")) {
      assertEquals(
          0, upscale("-m", esrgan("x2_old.safetensors"), "-o", name, "glass.png"), run.err());
      GreyImage large = picture(name).opacity().orElseThrow();
      assertEquals(16, large.width());
      assertEquals(0, large.values()[0]);
      assertEquals(255, large.values()[15] & 0xFF);
      assertFalse(run.err().contains("transparency"), run.err());
    }
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "-o", "large.jpg", "glass.png"));
    assertTrue(
        run.err()
            .contains("glass.png: JPEG has no transparency; write a .png or .webp file to keep it"),
        run.err());
    // What hides everything behind it needs no opacity.
    Arrays.fill(opacity, (byte) 255);
    write("solid.png", glass);
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "solid.png"));
    assertTrue(picture("solid-2x.png").opacity().isEmpty());
  }

  @Test
  void textsAreKeptAndExtended() throws IOException {
    String recipe =
        "{\"prompt\":\"a boat\",\"seed\":42,\"width\":16,\"height\":24,\"steps\":20,\"new\":1}";
    write(
        "boat.png",
        new Png(
            random(20, 24),
            Map.of("parameters", PARAMETERS, "darkroom", recipe, "Creation Time", "now")));
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "boat.png"), run.err());
    Map<String, String> texts = texts("boat-2x.png");
    assertEquals("now", texts.get("Creation Time"));
    String parameters = texts.get("parameters");
    assertTrue(
        parameters.startsWith(
            PARAMETERS
                + ", Postprocess upscale by: 2, Postprocess upscaler: x2_old, Version: darkroom "),
        parameters);
    JsonObject extended = JsonParser.parseString(texts.get("darkroom")).getAsJsonObject();
    assertEquals("a boat", extended.get("prompt").getAsString());
    assertEquals(16, extended.get("width").getAsInt());
    assertEquals(1, extended.get("new").getAsInt());
    assertEquals(2, extended.get("upscale_factor").getAsInt());
    assertEquals("x2_old", extended.get("upscaler").getAsString());
    assertEquals(10, extended.get("upscaler_hash").getAsString().length());

    // Once more: factors multiply.
    assertEquals(0, upscale("-m", esrgan("x4_new.safetensors"), "-o", "huge.webp", "boat-2x.png"));
    Map<String, String> later = texts("huge.webp");
    assertTrue(
        later.get("parameters").contains("upscale by: 8, Postprocess upscaler: x4_new"),
        later.toString());
    assertEquals(
        8,
        JsonParser.parseString(later.get("darkroom"))
            .getAsJsonObject()
            .get("upscale_factor")
            .getAsInt());
    assertFalse(later.containsKey("Creation Time")); // no name in XML

    assertEquals(0, run.run("inspect", "boat-2x.png"), run.err());
    assertTrue(run.out().contains("upscaler"), run.out());
    run.err.reset();
    assertEquals(0, run.run("again", "-m", "scenes", "-o", "small.png", "boat-2x.png"));
    assertTrue(
        run.err().contains("left out: the enlargement afterwards (upscaler: x2_old)"), run.err());
    assertEquals(16, run.pipeline.batches.get(0).get(0).settings().width());
  }

  @Test
  void anotherToolsRecipeIsNotHidden() throws IOException {
    write("web.png", new Png(random(20, 24), Map.of("parameters", PARAMETERS)));
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "web.png"), run.err());
    Map<String, String> texts = texts("web-2x.png");
    assertFalse(texts.containsKey("darkroom"));
    assertTrue(texts.get("parameters").contains("Postprocess upscaler: x2_old"));

    write("photo.png", new Png(random(20, 24), Map.of()));
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "photo.png"), run.err());
    texts = texts("photo-2x.png");
    assertTrue(
        texts.get("parameters").startsWith("Postprocess upscale by: 2, Postprocess upscaler:"));
    assertTrue(texts.get("darkroom").contains("\"upscaler\":\"x2_old\""), texts.toString());
  }

  @Test
  void aLineOfJsonTellsAll() throws IOException {
    write("a.png", new Png(random(33, 35), Map.of()));
    String model = TestModels.directory("tiny-ldm-sr").toAbsolutePath().toString();
    assertEquals(0, upscale("--json", "-m", model, "--steps", "2", "-s", "7", "a.png"), run.err());
    JsonObject line = JsonParser.parseString(run.out()).getAsJsonObject();
    assertEquals(run.work().resolve("a-4x.png").toString(), line.get("path").getAsString());
    assertEquals("a.png", line.get("source").getAsString());
    assertEquals(128, line.get("width").getAsInt());
    assertEquals(128, line.get("height").getAsInt());
    assertEquals(4, line.get("factor").getAsInt());
    assertEquals(7, line.get("seed").getAsInt());
    assertEquals(2, line.get("steps").getAsInt());
    assertEquals("tiny-ldm-sr", line.get("model").getAsString());
    assertTrue(line.getAsJsonObject("seconds").has("upscale"));
    assertEquals(
        "darkroom: tiny-ldm-sr on cpu in fp32, seed 7\n"
            + "darkroom: a.png: was made 32x32 first, since the model takes no other sizes\n",
        run.err());
    JsonObject recipe = JsonParser.parseString(texts("a-4x.png").get("darkroom")).getAsJsonObject();
    assertEquals(7, recipe.get("upscale_seed").getAsInt());
    assertEquals(2, recipe.get("upscale_steps").getAsInt());
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws IOException {
    write("a.png", new Png(random(8, 6), Map.of()));
    assertEquals(2, upscale("a.png"));
    assertEquals(
        "darkroom: no upscaler is named; give one with --model: an ESRGAN file (.pth or"
            + " .safetensors), or an id such as stabilityai/stable-diffusion-x4-upscaler\n",
        run.err());
    assertEquals(2, upscale("-m", esrgan("x2_old.safetensors"), "--steps", "3", "a.png"));
    assertEquals(
        "darkroom: x2_old is an ESRGAN network, which works in one pass; leave prompt, guidance,"
            + " steps, sampler and noise level out\n",
        run.err());
    assertEquals(2, upscale("-m", esrgan("x2_old.safetensors"), "-o", "a.png", "a.png"));
    assertEquals(
        "darkroom: x2_old on cpu in fp32\n"
            + "darkroom: a.png: the result would replace its source picture; name another file"
            + " with --output\n",
        run.err());
    assertEquals(2, upscale("-m", esrgan("x2_old.safetensors"), "-o", "b.png", "a.png", "a.png"));
    assertEquals(
        "darkroom: --output b.png names one file for 2 pictures; use a pattern: b-{name}.png\n",
        run.err());
    assertEquals(3, upscale("-m", "gone.pth", "a.png"));
    assertEquals(
        "darkroom: there is no upscaler gone.pth: it is neither a file nor a folder\n", run.err());
    String painter = TestModels.directory("tiny-sd1.safetensors").toAbsolutePath().toString();
    assertEquals(3, upscale("-m", painter, "a.png"));
    assertEquals(
        "darkroom: "
            + painter
            + ": is a Stable Diffusion 1 or 2 model, which paints pictures but does not enlarge"
            + " them; darkroom upscale takes an ESRGAN file, a Stable Diffusion x4 upscaler or a"
            + " latent diffusion super-resolution model\n",
        run.err());
    assertEquals(List.of("a.png"), run.files());
  }

  @Test
  void anUpscalerDoesNotPaint() {
    run.opener = DiffusionPipeline::open;
    String model = TestModels.directory("tiny-x4-upscaler").toAbsolutePath().toString();
    assertEquals(3, run.run("-m", model, "a", "boat"));
    assertTrue(
        run.err()
            .contains(
                "which enlarges pictures but does not paint them; use it with darkroom upscale"),
        run.err());
    run.err.reset();
    assertEquals(3, run.run("-m", esrgan("x4_new.safetensors"), "a", "boat"));
    assertTrue(run.err().contains("use it with darkroom upscale"), run.err());
  }

  @Test
  void showTellsWhatAnUpscalerIs() {
    for (String name : List.of("tiny-x4-upscaler", "tiny-ldm-sr")) {
      run.out.reset();
      assertEquals(
          0, run.run("models", "show", TestModels.directory(name).toAbsolutePath().toString()));
      assertTrue(run.out().contains("enlarges pictures 4 times; darkroom upscale"), run.out());
    }
    run.out.reset();
    assertEquals(0, run.run("models", "show", esrgan("x2plus_new.pth")), run.err());
    assertTrue(run.out().contains("ESRGAN"), run.out());
    assertTrue(run.out().contains("enlarges pictures 2 times; darkroom upscale"), run.out());
    run.out.reset();
    assertEquals(0, run.run("models", "show", "--json", esrgan("x4_middle.pth")), run.err());
    JsonObject facts = JsonParser.parseString(run.out()).getAsJsonObject();
    assertEquals(4, facts.get("enlarges").getAsInt());
    assertTrue(facts.get("supported").getAsBoolean());
    assertFalse(facts.has("prediction_type"));
  }

  @Test
  void defaultsForPicturesAreNotForUpscalers() throws IOException {
    Path config = folder.resolve("config.properties");
    Files.writeString(config, "steps = 4\nseed = 3\nnegative-prompt = fog\n");
    run.environment.put("DARKROOM_CONFIG", config.toString());
    write("a.png", new Png(random(8, 6), Map.of()));
    assertEquals(0, upscale("-m", esrgan("x2_old.safetensors"), "a.png"), run.err());
    Files.writeString(
        config, "upscale.model = " + esrgan("x2_old.safetensors") + "\nmodel = other\n");
    assertEquals(0, upscale("a.png"), run.err());
  }
}
