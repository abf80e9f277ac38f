package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.darkroom.base.Printable;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.console.Version;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
  private static final String GRAPH =
      """
      {"1": {"class_type": "KSampler", "inputs": {"seed": 5, "positive": ["2", 0]}},
       "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox"}},
       "3": {"class_type": "KSampler", "inputs": {"seed": 6}}}""";

  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @Test
  void aPictureOfOursIsShown() {
    command.run("-q", "a red\nhouse", "-s7", "-o", "a.png");
    command.out.reset();
    assertEquals(0, command.run("inspect", "a.png"), command::err);
    assertEquals(
        """
        a.png
          tool            Darkroom
          prompt          a red
                          house
          seed            7
          size            16x8
          steps           4
          sampler         ddim
          guidance scale  7.5
          eta             0
          prompt syntax   weighted
          model           fake
          model hash      0123456789
          device          cpu
          dtype           fp32
          version         %s
        """
            .formatted(Version.text()),
        command.out());
    assertEquals("", command.err());
    assertEquals(1, command.opened);
  }

  @Test
  void jsonIsALineAFile() throws IOException {
    command.run("-q", "x", "-s7", "-n", "fog", "-o", "a.png");
    write("b.png", Map.of("parameters", "家\nSteps: 3, Seed: 9, Clip skip: 2"));
    write("c.png", Map.of("prompt", GRAPH));
    command.out.reset();
    assertEquals(0, command.run("inspect", "--json", "a.png", "b.png", "c.png"), command::err);
    assertEquals(
        """
        {"path":"a.png","tool":"darkroom","prompt":"x","negative_prompt":"fog","seed":7,\
        "width":16,"height":8,"steps":4,"sampler":"ddim","guidance_scale":7.5,"eta":0.0,\
        "prompt_syntax":"weighted","model":"fake","model_hash":"0123456789","device":"cpu","dtype":"fp32","version":"%s",\
        "settings":{}}
        {"path":"b.png","tool":"automatic1111","prompt":"家","negative_prompt":"","seed":9,\
        "width":3,"height":2,"steps":3,"clip_skip":2,"settings":{}}
        {"path":"c.png","tool":"comfyui","prompt":"a fox","seed":5,"width":3,"height":2,\
        "settings":{}}
        """
            .formatted(Version.text()),
        command.out());
    assertTrue(command.err().startsWith("darkroom: c.png: ComfyUI's graph has 2 samplers"));
    assertEquals(1, command.err().lines().count(), command::err);
  }

  @Test
  void filesThatTellNothingAreSaidAndTheOthersShown() throws IOException {
    write("good.png", Map.of("parameters", "first"));
    write("silent.png", Map.of("Comment", "second"));
    Files.writeString(command.work().resolve("text.png"), "third");
    byte[] whole = Files.readAllBytes(command.work().resolve("good.png"));
    Files.write(command.work().resolve("cut.png"), Arrays.copyOf(whole, whole.length - 20));
    Files.createDirectory(command.work().resolve("folder"));
    assertEquals(
        1,
        command.run(
            "inspect",
            "no.png",
            "good.png",
            "silent.png",
            "text.png",
            "cut.png",
            "folder",
            "good.png"));
    assertEquals(
        """
        good.png
          tool    AUTOMATIC1111's web UI or its like
          prompt  first
          size    3x2

        cut.png
          tool    AUTOMATIC1111's web UI or its like
          prompt  first
          size    3x2

        good.png
          tool    AUTOMATIC1111's web UI or its like
          prompt  first
          size    3x2
        """,
        command.out());
    assertEquals(
        """
        darkroom: no.png: no such file or folder
        darkroom: silent.png: it does not say what it was made with; Darkroom and other tools \
        write that into the file, but programs that edit or send pictures often remove it
        darkroom: text.png: neither a PNG nor a JPEG nor a WebP file
        darkroom: warning: cut.png: damaged PNG: the file is incomplete; the rest was read
        darkroom: folder: Is a directory
        """,
        command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void standardInputIsAFile() throws IOException {
    command.in = new ByteArrayInputStream(png(Map.of("parameters", "a house")));
    assertEquals(0, command.run("inspect", "-"), command::err);
    assertTrue(command.out().startsWith("standard input\n"), command::out);
    assertEquals(1, command.run("inspect", "--json", "-"));
    assertEquals("darkroom: standard input: the file is empty\n", command.err());
  }

  @Test
  void nothingInAFileCommandsTheTerminal() throws IOException {
    write(
        "a.png",
        Map.of("parameters", "x\u001b[31m\r\u0085\u202e\nSteps: 1, Sampler: \u0007, Aa: 2"));
    assertEquals(0, command.run("inspect", "a.png"), command::err);
    assertTrue(command.out().contains("x\\u001b[31m"), command::out);
    assertTrue(
        command.out().codePoints().allMatch(c -> c == '\n' || Printable.isSafe(c)), command::out);
    command.out.reset();
    assertEquals(0, command.run("inspect", "--json", "a.png"), command::err);
    assertTrue(command.out().contains("x\\u001b[31m"), command::out);
    assertTrue(command.out().contains("\\u0085\\u202e"), command::out);
    assertTrue(
        command.out().codePoints().allMatch(c -> c == '\n' || Printable.isSafe(c)), command::out);
    assertEquals(
        "x\u001b[31m\n\u0085\u202e",
        JsonParser.parseString(command.out()).getAsJsonObject().get("prompt").getAsString());
  }

  @Test
  void aDamagedFileIsShownOrSaidButNeverAnUnexpectedFailure() throws IOException {
    command.run("-q", "a red house", "-o", "a.png");
    byte[] whole = Files.readAllBytes(command.work().resolve("a.png"));
    Random random = new Random(3);
    for (int round = 0; round < 200; round++) {
      byte[] damaged = whole.clone();
      for (int count = random.nextInt(4); count >= 0; count--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      command.in = new ByteArrayInputStream(damaged, 0, 1 + random.nextInt(damaged.length));
      command.err.reset();
      int status = command.run("inspect", "-");
      assertTrue(status == 0 || status == 1, () -> "status " + status);
      assertTrue(status == 0 || command.err().lines().count() > 0, command::err);
      assertTrue(!command.err().contains("unexpected"), command::err);
    }
  }

  @Test
  void wrongUsageIsOneLineAndStatus2() {
    List<List<String>> lines =
        List.of(
            List.of("inspect"),
            List.of("inspect", ""),
            List.of("inspect", "a.png", "--steps", "3"),
            List.of("inspect", "-q", "-v", "a.png"),
            List.of("--json", "inspect", "a.png"));
    for (List<String> line : lines) {
      command.err.reset();
      assertEquals(2, command.run(line.toArray(String[]::new)), line::toString);
      assertEquals(1, command.err().lines().count(), command::err);
    }
    assertTrue(command.err().contains("--json goes after the command's name"), command::err);
  }

  private void write(String file, Map<String, String> text) throws IOException {
    Files.write(command.work().resolve(file), png(text));
  }

  private static byte[] png(Map<String, String> text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RgbImage image = new RgbImage(3, 2, new byte[18]);
    new PngWriter(out).write(new Png(image, new LinkedHashMap<>(text)));
    return out.toByteArray();
  }
}
