package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.darkroom.testing.Golden;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimestepsTest {
  private static final int TRAIN_TIMESTEPS = 1000;

  @ParameterizedTest
  @MethodSource("sweep")
  void areTheReferences(Map.Entry<String, JsonElement> entry) {
    String[] name = entry.getKey().split("\\.", 0);
    int offset = name[0].equals("ddim_alpha1_offset0") ? 0 : 1;
    int[] actual = spread(name[1].toUpperCase(Locale.ROOT), Integer.parseInt(name[2]), offset);
    if (entry.getValue() instanceof JsonArray expected) {
      assertArrayEquals(ints(expected), actual);
    } else {
      JsonObject ends = entry.getValue().getAsJsonObject();
      int[] head = ints(ends.getAsJsonArray("head"));
      int[] tail = ints(ends.getAsJsonArray("tail"));
      assertEquals(ends.get("len").getAsInt(), actual.length);
      assertArrayEquals(head, IntStream.of(actual).limit(head.length).toArray());
      assertArrayEquals(tail, IntStream.of(actual).skip(actual.length - tail.length).toArray());
    }
  }

  static Stream<Map.Entry<String, JsonElement>> sweep() {
    return Golden.json("schedulers/timesteps_sweep.json").entrySet().stream()
        .filter(entry -> entry.getKey().startsWith("ddim") || entry.getKey().startsWith("ddpm"));
  }

  /** 1000 - 62.5 k for odd k: {@code numpy.round(numpy.arange(1000, 0, -1000 / 16)) - 1}. */
  @Test
  void roundsHalvesToEven() {
    int[] expected = {
      999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61
    };
    assertArrayEquals(expected, spread("TRAILING", 16, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"LEADING", "TRAILING", "LINSPACE"})
  void fallWithinTheTrainingForEveryCount(String spacing) {
    for (int steps = 1; steps <= TRAIN_TIMESTEPS; steps++) {
      int[] timesteps = spread(spacing, steps, 0);
      assertEquals(steps, timesteps.length);
      for (int i = 0; i < steps; i++) {
        int limit = i == 0 ? TRAIN_TIMESTEPS : timesteps[i - 1];
        assertTrue(timesteps[i] >= 0 && timesteps[i] < limit, spacing + " " + steps);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1001})
  void nameTheLimit(int steps) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> spread("LEADING", steps, 1));
    assertEquals("steps must be between 1 and 1000, not " + steps, error.getMessage());
  }

  private static int[] spread(String spacing, int steps, int offset) {
    Timesteps timesteps =
        Timesteps.spread(TimestepSpacing.valueOf(spacing), TRAIN_TIMESTEPS, steps, offset);
    return IntStream.range(0, timesteps.count()).map(timesteps::at).toArray();
  }

  private static int[] ints(JsonArray array) {
    return array.asList().stream().mapToInt(JsonElement::getAsInt).toArray();
  }
}
