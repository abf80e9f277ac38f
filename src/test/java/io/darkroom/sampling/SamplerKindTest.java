package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonParser;
import io.darkroom.checkpoint.ModelException;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerKindTest {
  @ParameterizedTest
  @CsvSource({
    "ddim, DDIM", "DDIM, DDIM", "DDIMScheduler, DDIM", "ddimscheduler, DDIM",
    "ddpm, DDPM", "DDPM, DDPM", "DDPMScheduler, DDPM", "DdPm, DDPM"
  })
  void isFoundByAnyOfItsNames(String name, SamplerKind expected) {
    assertEquals(expected, SamplerKind.named(name));
  }

  @Test
  void listsTheSamplersWhenThereIsNone() {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> SamplerKind.named("euler"));
    assertEquals("there is no sampler 'euler'; there are ddim, ddpm", error.getMessage());
  }

  @Test
  void isFoundByTheModelsClass() {
    assertEquals(Optional.of(SamplerKind.DDPM), SamplerKind.fromSchedulerClass("DDPMScheduler"));
    assertEquals(Optional.empty(), SamplerKind.fromSchedulerClass("PNDMScheduler"));
  }

  @ParameterizedTest
  @EnumSource
  void hasItsDisplayedName(SamplerKind kind) {
    assertEquals(kind.optionName().toUpperCase(Locale.ROOT), kind.displayName());
  }

  @ParameterizedTest
  @EnumSource
  void refusesStepsOutOfRange(SamplerKind kind) {
    SchedulerConfig config = parse("{num_train_timesteps: 40}");
    assertEquals("steps must be between 1 and 40, not 0", refusal(kind, config, 0));
    assertEquals("steps must be between 1 and 40, not 41", refusal(kind, config, 41));
  }

  /** diffusers fails here with an index out of bounds. */
  @ParameterizedTest
  @EnumSource
  void refusesStepsThatStartPastTheTraining(SamplerKind kind) {
    SchedulerConfig config = parse("{steps_offset: 1}");
    assertEquals(
        "1000 steps would start at timestep 1000, past the model's last, 999; take fewer steps",
        refusal(kind, config, 1000));
    assertEquals(999, kind.create(config, 999, 0).evaluations());
  }

  /** diffusers divides by zero here. */
  @ParameterizedTest
  @EnumSource
  void refusesEpsilonWhereNoImageIsLeft(SamplerKind kind) {
    SchedulerConfig config = parse("{rescale_betas_zero_snr: true, timestep_spacing: trailing}");
    ModelException error = assertThrows(ModelException.class, () -> kind.create(config, 10, 0));
    assertEquals(
        "test.json: a zero-SNR schedule needs prediction_type v_prediction or sample, not epsilon",
        error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void refusesEtaOutOfRange(double eta) {
    SchedulerConfig config = parse("{}");
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> SamplerKind.DDIM.create(config, 10, eta));
    assertEquals("eta must be between 0 and 1, not " + eta, error.getMessage());
  }

  private static String refusal(SamplerKind kind, SchedulerConfig config, int steps) {
    return assertThrows(IllegalArgumentException.class, () -> kind.create(config, steps, 0))
        .getMessage();
  }

  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test.json");
  }
}
