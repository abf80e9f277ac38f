package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.request.HiresSize;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The high-resolution pass by options, batch lines and recipes. */
class HiresCommandTest {
  @TempDir private Path temporary;
  private CommandRun command;

  @BeforeEach
  void begin() throws IOException {
    again();
  }

  private CommandRun again() throws IOException {
    command = new CommandRun(temporary);
    return command;
  }

  private ImageRequest painted() {
    return command.pipeline.batches.get(0).get(0);
  }

  private String text(String file, String keyword) throws IOException {
    return command.read(file).text().get(keyword);
  }

  @Test
  void optionsSayHowTheSecondPassIsMade() throws IOException {
    assertEquals(
        0,
        command.run(
            "x",
            "--hires",
            "1.5",
            "--hires-strength",
            "0.4",
            "--hires-steps",
            "6",
            "--hires-upscaler",
            "lanczos",
            "-o",
            "a.png",
            "--json"),
        command::err);
    assertEquals(Optional.of(new HiresSize.Factor(1.5)), painted().settings().get(Setting.HIRES));
    JsonObject line = JsonParser.parseString(command.out()).getAsJsonObject();
    JsonObject recipe = JsonParser.parseString(text("a.png", "darkroom")).getAsJsonObject();
    for (JsonObject told : List.of(line, recipe)) {
      assertEquals("1.5", told.get("hires").getAsString());
      assertEquals(0.4, told.get("hires_strength").getAsDouble());
      assertEquals(6, told.get("hires_steps").getAsInt());
      assertEquals("lanczos", told.get("hires_upscaler").getAsString());
      assertEquals(16, told.get("width").getAsInt());
    }
    assertEquals(24, line.get("hires_width").getAsInt());
    assertEquals(8, line.get("hires_height").getAsInt());
    assertEquals(24, command.read("a.png").image().width());
    String parameters = text("a.png", "parameters");
    for (String told :
        List.of(
            ", Size: 16x8,",
            ", Hires steps: 6",
            ", Hires upscale: 1.5",
            ", Hires upscaler: Lanczos",
            ", Denoising strength: 0.4")) {
      assertTrue(parameters.contains(told), parameters);
    }
  }

  @Test
  void whatGoesWithoutSayingIsNotRecorded() throws IOException {
    assertEquals(0, command.run("x", "--hires", "32x16", "-o", "a.png"), command::err);
    JsonObject recipe = JsonParser.parseString(text("a.png", "darkroom")).getAsJsonObject();
    assertEquals("32x16", recipe.get("hires").getAsString());
    assertFalse(recipe.has("hires_strength"));
    assertFalse(recipe.has("hires_upscaler"));
    String parameters = text("a.png", "parameters");
    assertTrue(parameters.contains(", Hires resize: 32x16, Hires upscaler: Latent"), parameters);
    assertTrue(parameters.contains(", Denoising strength: 0.5"), parameters);
    assertEquals(0, again().run("x", "-o", "b.png", "--json"), command::err);
    assertFalse(command.out().contains("hires"), command::out);
    assertFalse(text("b.png", "parameters").contains("ires"));
  }

  @Test
  void theRecipeMakesTheSameRequestAgain() throws IOException {
    assertEquals(
        0,
        command.run("x", "-s", "3", "--hires", "2", "--hires-upscaler", "lanczos", "-o", "a.png"),
        command::err);
    ImageRequest first = painted();
    assertEquals(0, again().run("again", "a.png", "-m", "other", "-o", "b.png"), command::err);
    assertEquals(first, painted());
    assertEquals(
        0,
        again().run("again", "a.png", "-m", "other", "--hires-strength", "0.7", "-o", "c.png"),
        command::err);
    assertEquals(Optional.of(0.7), painted().settings().get(Setting.HIRES_STRENGTH));
    assertEquals(
        Optional.of(HiresUpscaler.LANCZOS), painted().settings().get(Setting.HIRES_UPSCALER));
  }

  @Test
  void againRefusesAnotherUpscaler() throws IOException {
    Files.createDirectories(command.work());
    Path file = command.work().resolve("up.pth");
    Files.writeString(file, "one");
    String[] first = {"x", "--hires", "2", "--hires-upscaler", "up.pth", "-o", "a.png"};
    assertEquals(0, command.run(first), command::err);
    assertTrue(text("a.png", "parameters").contains(", Hires upscaler: up,"), "by its name");
    assertEquals(0, again().run("again", "a.png", "-m", "other", "-o", "b.png"), command::err);
    Files.writeString(file, "two");
    assertEquals(2, again().run("again", "a.png", "-m", "other"), command::err);
    assertTrue(command.err().contains("the upscaler up.pth has changed"), command::err);
    assertEquals(
        0,
        again().run("again", "a.png", "-m", "other", "--hires-upscaler", "up.pth", "-o", "c.png"),
        command::err);
    Files.delete(file);
    assertEquals(2, again().run("again", "a.png", "-m", "other"), command::err);
    assertTrue(command.err().contains("the upscaler up.pth is not there"), command::err);
  }

  @Test
  void linesSayItToo() throws IOException {
    Files.createDirectories(command.work());
    Files.writeString(
        command.work().resolve("prompts.jsonl"),
        """
        {"prompt": "a", "hires": 2}
        {"prompt": "b", "hires": "32x24", "hires_strength": 0.6, "hires_steps": 3}
        {"prompt": "c"}
        """);
    assertEquals(0, command.run("batch", "prompts.jsonl", "-o", "out"), command::err);
    assertEquals(3, command.pipeline.batches.size(), "no two are alike");
    assertEquals(Optional.of(new HiresSize.Factor(2)), painted().settings().get(Setting.HIRES));
    ImageRequest second = command.pipeline.batches.get(1).get(0);
    assertEquals("32x24", second.settings().get(Setting.HIRES).orElseThrow().toString());
    assertEquals(Optional.of(0.6), second.settings().get(Setting.HIRES_STRENGTH));
    assertEquals(Optional.of(3), second.settings().get(Setting.HIRES_STEPS));
    assertEquals(
        Optional.empty(), command.pipeline.batches.get(2).get(0).settings().get(Setting.HIRES));
    Files.writeString(
        command.work().resolve("prompts.txt"), "--prompt a boat --hires 1.5 --hires_steps 3\n");
    assertEquals(0, again().run("batch", "prompts.txt"), command::err);
    assertEquals(Optional.of(new HiresSize.Factor(1.5)), painted().settings().get(Setting.HIRES));
  }

  @Test
  void theHashKnowsThePass() throws IOException {
    String plain = hash();
    String twice = hash("--hires", "2");
    assertNotEquals(plain, twice);
    assertNotEquals(twice, hash("--hires", "2", "--hires-strength", "0.6"));
    assertEquals(twice, hash("--hires", "2.0", "--hires-strength", "0.5"));
    Files.writeString(command.work().resolve("up.pth"), "one");
    Files.writeString(command.work().resolve("copy.pth"), "one");
    Files.writeString(command.work().resolve("other.pth"), "two");
    String network = hash("--hires", "2", "--hires-upscaler", "up.pth");
    assertNotEquals(twice, network);
    assertEquals(network, hash("--hires", "2", "--hires-upscaler", "copy.pth"));
    assertNotEquals(network, hash("--hires", "2", "--hires-upscaler", "other.pth"));
  }

  private String hash(String... options) throws IOException {
    Files.createDirectories(command.work());
    Files.writeString(command.work().resolve("one.txt"), "a boat\n");
    List<String> line = new ArrayList<>(List.of("batch", "one.txt", "-s", "1", "-o", "out"));
    line.addAll(List.of(options));
    assertEquals(0, again().run(line.toArray(String[]::new)), command::err);
    List<String> records = Files.readAllLines(command.work().resolve("out/manifest.jsonl"));
    Files.delete(command.work().resolve("out/manifest.jsonl"));
    return JsonParser.parseString(records.get(records.size() - 1))
        .getAsJsonObject()
        .get("request")
        .getAsString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--hires 0.5 | hires must be a factor of 1 to 16, or a size such as 1024x1536, not '0.5'",
        "--hires 99999x8 | hires must be a factor of 1 to 16, or a size",
        "--hires 2 --hires-strength 1.1 | hires strength must be above 0 and at most 1, not 1.1",
        "--hires 2 --hires-strength 0 | hires strength must be above 0 and at most 1, not 0",
        "--hires 2 --hires-steps 0 | hires steps must be 1 to 10000, not 0",
        "--hires-strength 0.5 | --hires-strength needs --hires",
        "--hires-upscaler lanczos | --hires-upscaler needs --hires",
      })
  void whatMakesNoSenseIsToldInOneLine(String options, String message) {
    assertEquals(2, command.run(("x " + options).split(" ")), command::err);
    assertTrue(command.err().contains(message), command::err);
    assertEquals(0, command.opened);
  }

  /** A name of the first pass's size would be too small for a JPEG's limit. */
  @Test
  void theFileMustHoldTheLargerPicture() {
    assertEquals(2, command.run("x", "--hires", "65536x8", "-o", "a.jpg"), command::err);
    assertTrue(command.err().contains("a picture of 65536x8 is too large"), command::err);
  }
}
