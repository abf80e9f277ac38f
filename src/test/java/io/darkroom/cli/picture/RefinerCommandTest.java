package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.cli.CommandRun;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.RefinerFacts;
import io.darkroom.request.Setting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SDXL's refiner by options and recipes. */
class RefinerCommandTest {
  private static final RefinerFacts POLISH = new RefinerFacts("polish", "0123456789");

  @TempDir private Path temporary;
  private final List<ModelFiles> models = new ArrayList<>();
  private CommandRun command;

  @BeforeEach
  void begin() throws IOException {
    again(Optional.of(POLISH));
  }

  private CommandRun again(Optional<RefinerFacts> refiner) throws IOException {
    command = new CommandRun(temporary);
    command.pipeline.refiner = refiner;
    command.opener =
        (model, options) -> {
          models.add(model);
          return command.pipeline;
        };
    return command;
  }

  private void paint(String... more) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("x", "--refiner", "other", "-o", "a.png"));
    arguments.addAll(List.of(more));
    assertEquals(0, command.run(arguments.toArray(String[]::new)), command::err);
  }

  @Test
  void theModelComesWithItsRefiner() throws IOException {
    paint("--refiner-start", "0.7", "--json");
    assertEquals("other", ModelFiles.name(models.get(0).refiner().orElseThrow().model()));
    JsonObject line = JsonParser.parseString(command.out()).getAsJsonObject();
    assertEquals("polish", line.get("refiner").getAsString());
    assertEquals(0.7, line.get("refiner_start").getAsDouble());
    JsonObject recipe =
        JsonParser.parseString(command.read("a.png").text().get("darkroom")).getAsJsonObject();
    assertEquals("polish", recipe.get("refiner").getAsString());
    assertEquals("0123456789", recipe.get("refiner_hash").getAsString());
    assertEquals(0.7, recipe.get("refiner_start").getAsDouble());
    String parameters = command.read("a.png").text().get("parameters");
    assertTrue(
        parameters.contains(", Refiner: polish [0123456789], Refiner switch at: 0.7"), parameters);
  }

  @Test
  void whoseShareIsOneIsNotToldOf() throws IOException {
    paint("--refiner-start", "1", "--json");
    assertFalse(command.out().contains("polish"), command::out);
    assertFalse(command.read("a.png").text().get("parameters").contains("Refiner"));
  }

  @Test
  void againNeedsTheSameRefiner() throws IOException {
    paint("--refiner-start", "0.7");
    assertEquals(3, again(Optional.empty()).run("again", "a.png", "-m", "other"));
    assertTrue(
        command.err().contains("a.png was made with the refiner polish; give its folder, file"),
        command::err);
    assertEquals(
        0,
        again(Optional.of(POLISH))
            .run("again", "a.png", "-m", "other", "--refiner", "scenes", "-o", "b.png"),
        command::err);
    assertEquals(
        Optional.of(0.7),
        command.pipeline.batches.get(0).get(0).settings().get(Setting.REFINER_START));
    assertFalse(command.err().contains("warning"), command::err);
    assertEquals(
        0,
        again(Optional.of(new RefinerFacts("wax", "9876543210")))
            .run("again", "a.png", "-m", "other", "--refiner", "scenes", "-o", "c.png"),
        command::err);
    assertTrue(command.err().contains("the picture will be a different one"), command::err);
  }

  @Test
  void whatIsNotThereIsTold() {
    assertEquals(3, command.run("x", "--refiner", "nothing", "-o", "a.png"));
    assertTrue(command.err().contains("there is no model nothing for --refiner"), command::err);
    assertEquals(2, command.run("x", "--refiner", "other", "--refiner-start", "0"));
    assertTrue(command.err().contains("refiner start must be above 0 and at most 1"), command::err);
    assertEquals(0, command.opened);
  }
}
