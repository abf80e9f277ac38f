package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.network.AutoencoderConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few steps of a small autoencoder, its judge and its decoder. */
@Tag("slow")
class FirstStageTest {
  private static final Hardware CPU = new Hardware(Device.cpu(), 1);
  private static final AutoencoderConfig SMALL =
      SceneryModel.autoencoder(2, List.of(8, 8, 8, 16), 1);

  @TempDir private Path folder;

  private static Budget steps(int steps) {
    return new Budget(steps, Duration.ofHours(1));
  }

  @Test
  void goesOnWhereItWasAndThenWithTheDecoderAlone() throws Exception {
    Path state = folder.resolve("autoencoder.safetensors");
    new FirstStageTraining(folder, SMALL, steps(2), CPU).run();
    assertEquals(2, TrainingState.steps(state));
    byte[] bytes = Files.readAllBytes(state);
    new FirstStageTraining(folder, SMALL, steps(2), CPU).run();
    assertArrayEquals(bytes, Files.readAllBytes(state));
    new FirstStageTraining(folder, SMALL, steps(3), CPU).run();
    assertEquals(3, TrainingState.steps(state));

    new JudgeTraining(folder, steps(1), CPU).run();
    new DecoderTraining(folder, SMALL, steps(2), CPU).run();
    Path decoderState = folder.resolve("decoder.safetensors");
    assertEquals(2, TrainingState.steps(decoderState));
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, NDArray> whole = TrainingState.averages(state, manager);
      Map<String, NDArray> decoder = DecoderTraining.averages(decoderState, manager);
      assertFalse(decoder.isEmpty());
      boolean changed = false;
      for (Map.Entry<String, NDArray> weight : decoder.entrySet()) {
        assertTrue(weight.getKey().matches("(decoder|post_quant_conv)\\..*"), weight.getKey());
        assertEquals(whole.get(weight.getKey()).getShape(), weight.getValue().getShape());
        changed |= !whole.get(weight.getKey()).equals(weight.getValue());
      }
      assertTrue(changed);
      assertTrue(
          whole.keySet().stream()
              .filter(name -> !name.startsWith("encoder.") && !name.startsWith("quant_conv."))
              .allMatch(decoder::containsKey));
    }
  }

  @Test
  void aBudgetEndsWithItsStepsOrItsTime() {
    Budget bySteps = steps(10);
    assertFalse(bySteps.isSpentBefore(1));
    assertFalse(bySteps.isSpentBefore(10));
    assertTrue(bySteps.isSpentBefore(11));
    assertEquals(10, bySteps.expectedSteps(3));
    Budget byTime = new Budget(1_000_000, Duration.ZERO);
    assertTrue(byTime.isSpentBefore(1));
  }
}
