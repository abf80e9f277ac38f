package io.darkroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplersCommandTest {
  private CommandRun command;

  @BeforeEach
  void create(@TempDir Path folder) throws IOException {
    command = new CommandRun(folder);
  }

  @Test
  void everySamplerAndScheduleHasALine() {
    assertEquals(0, command.run("samplers"));
    List<String> lines = command.out().lines().toList();
    for (SamplerKind kind : SamplerKind.values()) {
      String start = "  " + kind.optionName() + " ";
      assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), start);
    }
    for (Schedule schedule : Schedule.values()) {
      String start = "  " + schedule.optionName() + " ";
      assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), start);
    }
    assertTrue(lines.contains("ddim has model, trailing"), command::out);
    assertTrue(lines.stream().allMatch(line -> line.length() <= 80), command::out);
    assertEquals("", command.err());
    assertEquals(0, command.opened);
  }

  @Test
  void jsonIsALineEach() {
    assertEquals(0, command.run("samplers", "--json"));
    List<JsonObject> lines =
        command.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(SamplerKind.values().length + Schedule.values().length, lines.size());
    JsonObject line = lines.get(SamplerKind.LCM.ordinal());
    assertEquals("sampler", line.get("kind").getAsString());
    assertEquals("lcm", line.get("name").getAsString());
    assertEquals("LCM", line.get("display_name").getAsString());
    assertEquals("LCMScheduler", line.get("diffusers_class").getAsString());
    JsonArray schedules = new JsonArray();
    schedules.add("model");
    assertEquals(schedules, line.get("schedules"));
    assertEquals("karras", lines.get(SamplerKind.values().length + 1).get("name").getAsString());
  }
}
