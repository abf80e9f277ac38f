package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An empty negative prompt is one, and none is none, wherever a request goes. */
class EmptyNegativePromptTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
    Files.createDirectories(folder.resolve("home/models/fake"));
    command.pipeline = telling(true);
  }

  private static FakePipeline telling(boolean apart) {
    return new FakePipeline() {
      @Override
      public boolean tellsEmptyNegativePromptApart() {
        return apart;
      }
    };
  }

  private Optional<String> painted() {
    List<List<ImageRequest>> batches = command.pipeline.batches;
    return batches.get(batches.size() - 1).get(0).negativePrompt();
  }

  @Test
  void theOptionAndItsAbsenceAreToldApart() throws IOException {
    assertEquals(0, command.run("-q", "a", "-n", "", "-o", "given.png"), command::err);
    assertEquals(Optional.of(""), painted());
    String given = command.read("given.png").text().get("darkroom");
    assertTrue(
        given.contains("\"negative_prompt\":\"\",\"empty_negative_prompt\":\"encoded\""), given);

    assertEquals(0, command.run("-q", "a", "-o", "none.png"), command::err);
    assertEquals(Optional.empty(), painted());
    String none = command.read("none.png").text().get("darkroom");
    assertTrue(none.contains("\"negative_prompt\":\"\",\"seed\""), none);

    assertEquals(0, command.run("again", "-q", "given.png", "-o", "b.png"), command::err);
    assertEquals(Optional.of(""), painted());
    assertEquals(0, command.run("again", "-q", "none.png", "-o", "c.png"), command::err);
    assertEquals(Optional.empty(), painted());
    assertEquals(0, command.run("again", "-q", "none.png", "-n", "", "-o", "d.png"), command::err);
    assertEquals(Optional.of(""), painted());
  }

  @Test
  void aModelThatDoesNotTellThemApartHasNothingToSay() throws IOException {
    command.pipeline = telling(false);
    assertEquals(0, command.run("-q", "a", "-n", "", "-o", "given.png"), command::err);
    assertFalse(command.read("given.png").text().get("darkroom").contains("empty_negative"));
  }

  @Test
  void otherToolsAlwaysEncodeIt() throws IOException {
    String parameters = "a house\nSteps: 4, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 16x8";
    Png png = new Png(new RgbImage(16, 8, new byte[384]), Map.of("parameters", parameters));
    try (OutputStream out = Files.newOutputStream(command.work().resolve("a1111.png"))) {
      new PngWriter(out).write(png);
    }
    int status = command.run("again", "-q", "a1111.png", "-m", "fake", "-o", "b.png");
    assertEquals(0, status, command::err);
    assertEquals(Optional.of(""), painted());
  }

  @Test
  void linesOfABatchTellThemApartAndSoDoTheirHashes() throws IOException {
    Files.writeString(
        command.work().resolve("lines.jsonl"),
        """
        {"prompt": "a", "seed": 1}
        {"prompt": "a", "seed": 1, "negative_prompt": ""}
        {"prompt": "a", "seed": 1, "negative_prompt": null}
        """);
    assertEquals(0, command.run("batch", "-q", "lines.jsonl", "-o", "out"), command::err);
    List<Optional<String>> negatives =
        command.pipeline.batches.stream()
            .flatMap(List::stream)
            .map(ImageRequest::negativePrompt)
            .toList();
    assertEquals(3, negatives.size());
    assertEquals(1, negatives.stream().filter(Optional::isPresent).count());
    List<String> hashes =
        Files.readAllLines(command.work().resolve("out/manifest.jsonl")).stream()
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .sorted(
                (one, other) ->
                    Integer.compare(one.get("line").getAsInt(), other.get("line").getAsInt()))
            .map(line -> line.get("request").getAsString())
            .toList();
    assertEquals(hashes.get(0), hashes.get(2));
    assertNotEquals(hashes.get(0), hashes.get(1));
  }

  @Test
  void aLineOfJsonTellsThemApart() {
    command.run("--json", "a", "-n", "", "-o", "given.png");
    String given = command.out();
    assertTrue(given.contains("\"empty_negative_prompt\":\"encoded\""), given);
  }
}
