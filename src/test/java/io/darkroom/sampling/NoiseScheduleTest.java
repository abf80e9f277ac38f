package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.testing.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseScheduleTest {
  /** Some units in the last place of a float32: torch.linspace's own rounding is not imitated. */
  private static final double RELATIVE = 6e-7;

  private static final Golden TABLES = Golden.open("schedulers/tables.safetensors");

  @ParameterizedTest
  @ValueSource(strings = {"linear", "scaled_linear", "squaredcos_cap_v2"})
  void equalsTheReferencesTables(String name) {
    NoiseSchedule schedule =
        schedule("{beta_start: 0.00085, beta_end: 0.012, beta_schedule: %s}".formatted(name));
    float[] betas = TABLES.floats(name + ".betas");
    float[] alphasCumprod = TABLES.floats(name + ".alphas_cumprod");
    assertEquals(betas.length, schedule.trainTimesteps());
    for (int t = 0; t < betas.length; t++) {
      assertEquals(betas[t], schedule.beta(t), RELATIVE * betas[t], "beta " + t);
      assertEquals(
          alphasCumprod[t],
          schedule.alphaCumprod(t),
          RELATIVE * alphasCumprod[t],
          "alphasCumprod " + t);
    }
  }

  @Test
  void rescaledToZeroSnrEqualsTheReference() {
    NoiseSchedule schedule =
        schedule(
            "{beta_start: 0.00085, beta_end: 0.012, beta_schedule: scaled_linear,"
                + " rescale_betas_zero_snr: true}");
    float[] alphasCumprod = TABLES.floats("scaled_linear_zero_snr.alphas_cumprod");
    double product = 1;
    for (int t = 0; t < alphasCumprod.length; t++) {
      assertEquals(alphasCumprod[t], schedule.alphaCumprod(t), 1e-6, "alphasCumprod " + t);
      product *= 1 - schedule.beta(t);
      assertEquals(schedule.alphaCumprod(t), product, 1e-12);
    }
    assertEquals(0, schedule.alphaCumprod(999));
    assertEquals(1, schedule.beta(999));
  }

  @Test
  void aSilentConfigurationMeansHosSchedule() {
    NoiseSchedule schedule = schedule("{}");
    assertEquals(1000, schedule.trainTimesteps());
    assertEquals(1e-4, schedule.beta(0), 1e-11);
    assertEquals(2e-2, schedule.beta(999), 1e-9);
    assertEquals((1e-4 + 2e-2) / 2, (schedule.beta(499) + schedule.beta(500)) / 2, 1e-9);
  }

  @Test
  void takesTrainedBetas() {
    NoiseSchedule schedule = schedule("{num_train_timesteps: 3, trained_betas: [0.5, 0.25, 0.5]}");
    assertEquals(3, schedule.trainTimesteps());
    assertEquals(0.5, schedule.alphaCumprod(0));
    assertEquals(0.375, schedule.alphaCumprod(1));
    assertEquals(0.1875, schedule.alphaCumprod(2));
  }

  @Test
  void refusesBetasThatLeaveNothingOfTheImage() {
    ModelException error =
        assertThrows(ModelException.class, () -> schedule("{beta_start: 0.5, beta_end: 0.9}"));
    assertEquals(
        "test.json: the betas are so large that no image is left before the last timestep",
        error.getMessage());
  }

  private static NoiseSchedule schedule(String json) {
    return NoiseSchedule.of(
        SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test.json"));
  }
}
