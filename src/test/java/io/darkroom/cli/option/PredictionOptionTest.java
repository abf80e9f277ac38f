package io.darkroom.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.request.ImageRequest;
import io.darkroom.sampling.Prediction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the user says of the prediction, wherever a request goes; and numbers beyond measure. */
class PredictionOptionTest {
  private CommandRun command;

  @BeforeEach
  void prepare(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
    Files.createDirectories(folder.resolve("home/models/fake"));
  }

  private Prediction painted() {
    List<List<ImageRequest>> batches = command.pipeline.batches;
    return batches.get(batches.size() - 1).get(0).settings().prediction();
  }

  @Test
  void itIsPaintedRecordedAndPaintedAgain() throws IOException {
    assertEquals(0, command.run("-q", "--json", "a", "--prediction", "v", "-o", "v.png"));
    assertEquals(Prediction.V, painted());
    assertTrue(command.out().contains("\"prediction\":\"v\""), command::out);
    String recipe = command.read("v.png").text().get("darkroom");
    assertTrue(recipe.contains("\"prediction\":\"v\""), recipe);
    String parameters = command.read("v.png").text().get("parameters");
    assertTrue(parameters.contains(", Prediction: v,"), parameters);

    assertEquals(0, command.run("again", "-q", "v.png", "-o", "b.png"), command::err);
    assertEquals(Prediction.V, painted());
    int status = command.run("again", "-q", "v.png", "--prediction=edm", "-o", "c.png");
    assertEquals(0, status, command::err);
    assertEquals(Prediction.EDM, painted());
  }

  @Test
  void withoutItNothingIsSaid() throws IOException {
    assertEquals(0, command.run("-q", "--json", "a", "-o", "a.png"), command::err);
    assertEquals(Prediction.MODEL, painted());
    assertFalse(command.out().contains("prediction"), command::out);
    assertFalse(command.read("a.png").text().toString().contains("rediction"));
  }

  @Test
  void aLinesHashHoldsIt() throws IOException {
    Files.writeString(
        command.work().resolve("lines.jsonl"),
        """
        {"prompt": "a", "seed": 1}
        {"prompt": "a", "seed": 1, "prediction": "sample"}
        """);
    assertEquals(0, command.run("batch", "-q", "lines.jsonl", "-o", "out"), command::err);
    List<String> hashes =
        Files.readAllLines(command.work().resolve("out/manifest.jsonl")).stream()
            .map(line -> JsonParser.parseString(line).getAsJsonObject().get("request").toString())
            .toList();
    assertEquals(2, hashes.size());
    assertNotEquals(hashes.get(0), hashes.get(1));
  }

  @ParameterizedTest
  @CsvSource({
    "--prediction=flow, there is no prediction 'flow'; use one of model",
    "-g1e39, guidance scale must be 0 to 1000",
    "-gNaN, guidance scale must be a number",
    "--guidance-rescale=1e39, guidance rescale must be 0 to 1",
    "--guidance-interval=0:1e39, guidance interval '0:1e39' is not LOW:HIGH",
    "--eta=1e39, eta must be 0 to 1",
    "--steps=2147483647, steps must be 1 to 10000",
    "-W2147483640, width must be 1 to 65536",
    "--clip-skip=2147483647, clip skip must be 1 to 10000",
    "--deep-cache=2147483647, deep cache must be 1 to 10000",
    "-N2147483647, --images must be at most 1000000",
    "--batch-size=2147483647, --batch-size must be at most 1000000"
  })
  void numbersBeyondMeasureAreOneLine(String option, String expected) {
    assertEquals(2, command.run("a", option), command::err);
    assertTrue(command.err().contains(expected), command::err);
    assertEquals(0, command.opened, "a model was opened");
  }
}
