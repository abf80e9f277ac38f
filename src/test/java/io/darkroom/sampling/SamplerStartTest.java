package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonParser;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs that begin in the middle of their schedule. */
class SamplerStartTest {
  private static final Shape SHAPE = new Shape(1, 4, 4, 4);
  private static final SchedulerConfig CONFIG =
      config(
          "{\"beta_schedule\": \"scaled_linear\", \"beta_start\": 0.00085, \"beta_end\": 0.012,"
              + " \"set_alpha_to_one\": true, \"clip_sample\": false, \"steps_offset\": 1,"
              + " \"skip_prk_steps\": true}");

  private static SchedulerConfig config(String json) {
    return SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test");
  }

  static Stream<Arguments> runs() {
    return Stream.of(SamplerKind.values())
        .flatMap(
            kind ->
                Stream.of(1, 0.6, 0.35, 0.1)
                    .map(strength -> Arguments.of(kind, strength.doubleValue())));
  }

  /**
   * A model that always knows the image leads each sampler to it, wherever the run begins. PNDM's
   * second evaluation takes a timestep for another there, as its reference does: it has a test of
   * its own against recorded pictures.
   */
  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("runs")
  void aModelThatKnowsTheImageLeadsToIt(SamplerKind kind, double strength) {
    try (NDManager manager = NDManager.newBaseManager();
        Sampler sampler = kind.create(CONFIG, 10, 0.5)) {
      NDArray image = manager.randomNormal(SHAPE);
      int first = sampler.firstEvaluation(10, strength);
      Noised start = sampler.noised(first);
      NDArray latents =
          image.mul((float) start.image()).add(manager.randomNormal(SHAPE).mul(start.noise()));
      for (int i = first; i < sampler.evaluations(); i++) {
        double scale = sampler.scale(i);
        NDArray epsilon =
            latents.sub(image.mul((float) scale)).div((float) (scale * sampler.sigma(i)));
        latents = sampler.step(i, epsilon, latents, () -> manager.randomNormal(SHAPE));
      }
      float tolerance = kind == SamplerKind.PNDM ? 0.6f : 2e-3f;
      assertArrayEquals(image.toFloatArray(), latents.toFloatArray(), tolerance);
    }
  }

  /** The numbers are Python's {@code int(steps * strength)}. */
  @ParameterizedTest
  @CsvSource({
    "10, 0.6, 4",
    "10, 1, 0",
    "10, 0.9999, 1",
    "10, 0.3, 7",
    "100, 0.29, 72",
    "50, 0.75, 13",
    "1, 1, 0",
    "3, 0.34, 2"
  })
  void theLastStepsAreMade(int steps, double strength, int first) {
    try (Sampler sampler = SamplerKind.EULER.create(CONFIG, steps, 0)) {
      assertEquals(first, sampler.firstEvaluation(steps, strength));
    }
    try (Sampler sampler = SamplerKind.HEUN.create(CONFIG, steps, 0)) {
      assertEquals(2 * first, sampler.firstEvaluation(steps, strength));
    }
  }

  @Test
  void noStepAtAllIsRefused() {
    try (Sampler sampler = SamplerKind.DDIM.create(CONFIG, 10, 0)) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> sampler.firstEvaluation(10, 0.05));
      assertTrue(e.getMessage().contains("0.05") && e.getMessage().contains("10 steps"));
    }
  }

  @Test
  void rungeKuttaStepsBeginAtTheBeginning() {
    SchedulerConfig slow = config("{\"skip_prk_steps\": false}");
    try (Sampler sampler = SamplerKind.PNDM.create(slow, 10, 0)) {
      assertEquals(0, sampler.firstEvaluation(10, 1));
      assertThrows(IllegalArgumentException.class, () -> sampler.firstEvaluation(10, 0.5));
    }
  }

  /** x0 and noise have the weights that the forms of the latents say; at the end noise has none. */
  @ParameterizedTest
  @EnumSource(SamplerKind.class)
  void noisedLatentsHaveTheLevelsForm(SamplerKind kind) {
    try (Sampler sampler = kind.create(CONFIG, 10, 0)) {
      for (int i = 0; i < sampler.evaluations(); i++) {
        Noised noised = sampler.noised(i);
        assertEquals(sampler.sigma(i), noised.noise() / noised.image(), 1e-9 * sampler.sigma(i));
        boolean keepsVariance =
            Math.abs(noised.image() * noised.image() + noised.noise() * noised.noise() - 1) < 1e-9;
        assertTrue(keepsVariance || noised.image() == 1);
        assertEquals(1, sampler.inputScale(i) * Math.hypot(noised.image(), noised.noise()), 1e-9);
      }
      assertEquals(Noised.CLEAN, sampler.noised(sampler.evaluations()));
    }
  }
}
