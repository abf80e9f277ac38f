package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerConfigTest {
  /** Stable Diffusion 1.5's file, which says only part of what there is to say. */
  private static final String STABLE_DIFFUSION =
      """
      {
        "_class_name": "PNDMScheduler",
        "_diffusers_version": "0.6.0",
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "num_train_timesteps": 1000,
        "set_alpha_to_one": false,
        "skip_prk_steps": true,
        "steps_offset": 1,
        "trained_betas": null,
        "clip_sample": false
      }
      """;

  @Test
  void readsWhatIsThere() {
    SchedulerConfig config = parse(STABLE_DIFFUSION);
    assertEquals("test.json", config.source());
    assertEquals(Optional.of("PNDMScheduler"), config.schedulerClass());
    assertEquals(OptionalInt.of(1000), config.trainTimesteps());
    assertEquals(OptionalDouble.of(0.00085), config.betaStart());
    assertEquals(OptionalDouble.of(0.012), config.betaEnd());
    assertEquals(Optional.of(BetaSchedule.SCALED_LINEAR), config.betaSchedule());
    assertEquals(OptionalInt.of(1), config.stepsOffset());
    assertEquals(Optional.of(false), config.setAlphaToOne());
    assertEquals(Optional.of(false), config.clipSample());
  }

  @Test
  void leavesTheRestToTheSampler() {
    SchedulerConfig config = parse(STABLE_DIFFUSION);
    assertEquals(Optional.empty(), config.trainedBetas());
    assertEquals(Optional.empty(), config.predictionType());
    assertEquals(Optional.empty(), config.timestepSpacing());
    assertEquals(OptionalDouble.empty(), config.clipSampleRange());
    assertEquals(Optional.empty(), config.rescaleBetasZeroSnr());
    assertEquals(Optional.empty(), config.varianceType());
  }

  @Test
  void readsTheRarerKeys() {
    SchedulerConfig config =
        parse(
            "{num_train_timesteps: 2.0, trained_betas: [0.1, 0.2], prediction_type: v_prediction,"
                + " timestep_spacing: trailing, clip_sample_range: 2, thresholding: false,"
                + " rescale_betas_zero_snr: true, variance_type: fixed_small_log}");
    assertEquals(OptionalInt.of(2), config.trainTimesteps());
    assertEquals(Optional.of(List.of(0.1, 0.2)), config.trainedBetas());
    assertEquals(Optional.of(PredictionType.V_PREDICTION), config.predictionType());
    assertEquals(Optional.of(TimestepSpacing.TRAILING), config.timestepSpacing());
    assertEquals(OptionalDouble.of(2), config.clipSampleRange());
    assertEquals(Optional.of(true), config.rescaleBetasZeroSnr());
    assertEquals(Optional.of(VarianceType.FIXED_SMALL_LOG), config.varianceType());
  }

  @Test
  void doesNotSeeLaterChangesOfTheJson() {
    JsonObject json = JsonParser.parseString("{steps_offset: 1}").getAsJsonObject();
    SchedulerConfig config = SchedulerConfig.parse(json, "test.json");
    json.addProperty("steps_offset", "nonsense");
    assertEquals(OptionalInt.of(1), config.stepsOffset());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{_class_name: 7} | _class_name is 7; it must be a string",
        "{num_train_timesteps: \"1000\"} | num_train_timesteps is \"1000\"; it must be a number",
        "{num_train_timesteps: 1} "
            + "| num_train_timesteps is 1; it must be a whole number from 2 to 10000",
        "{num_train_timesteps: 1e9} "
            + "| num_train_timesteps is 1e9; it must be a whole number from 2 to 10000",
        "{num_train_timesteps: 99.5} "
            + "| num_train_timesteps is 99.5; it must be a whole number from 2 to 10000",
        "{steps_offset: -1} | steps_offset is -1; it must be a whole number from 0 to 10000",
        "{beta_start: 0} | beta_start is 0; a beta must be at least 1e-7 and below 1",
        "{beta_end: 1} | beta_end is 1; a beta must be at least 1e-7 and below 1",
        "{beta_end: [0.1]} | beta_end is [0.1]; it must be a number",
        "{beta_schedule: sigmoid} "
            + "| beta_schedule is \"sigmoid\"; Darkroom knows linear, scaled_linear,"
            + " squaredcos_cap_v2",
        "{trained_betas: 0.1} | trained_betas is 0.1; it must be a list of numbers",
        "{trained_betas: [0.1, x]} | trained_betas is \"x\"; it must be a number",
        "{trained_betas: [0.1, 2]} "
            + "| trained_betas is 2; a beta must be at least 1e-7 and below 1",
        "{trained_betas: [0.1, 0.2], num_train_timesteps: 3} "
            + "| trained_betas has 2 values, but there are 3 timesteps (num_train_timesteps)",
        "{trained_betas: []} "
            + "| trained_betas has 0 values, but there are 2 timesteps (num_train_timesteps)",
        "{prediction_type: flow} "
            + "| prediction_type is \"flow\"; Darkroom knows epsilon, v_prediction, sample",
        "{timestep_spacing: Leading} "
            + "| timestep_spacing is \"Leading\"; Darkroom knows leading, trailing, linspace",
        "{variance_type: learned_range} "
            + "| variance_type is \"learned_range\"; Darkroom knows fixed_small, fixed_small_log,"
            + " fixed_large",
        "{set_alpha_to_one: 1} | set_alpha_to_one is 1; it must be true or false",
        "{clip_sample: \"yes\"} | clip_sample is \"yes\"; it must be true or false",
        "{clip_sample_range: 0} | clip_sample_range is 0; it must be a number above 0",
        "{rescale_betas_zero_snr: {}} | rescale_betas_zero_snr is {}; it must be true or false",
        "{thresholding: true} "
            + "| thresholding is true; Darkroom does not support dynamic thresholding, which is"
            + " for models that work on pixels",
      })
  void refusesWithOneLine(String json, String message) {
    ModelException error = assertThrows(ModelException.class, () -> parse(json));
    assertEquals("test.json: " + message, error.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "-Infinity", "1e99999"})
  void refusesWhatIsNoFiniteNumber(String number) {
    JsonObject json = new JsonObject();
    json.add("beta_start", JsonParser.parseString(number));
    assertThrows(ModelException.class, () -> SchedulerConfig.parse(json, "test.json"));
  }

  @Test
  void quotesNoMoreThanALine() {
    JsonObject json = new JsonObject();
    json.addProperty("beta_schedule", "a\n".repeat(1000));
    ModelException error =
        assertThrows(ModelException.class, () -> SchedulerConfig.parse(json, "test.json"));
    assertFalse(error.getMessage().contains("\n"));
    assertTrue(error.getMessage().length() < 200, error.getMessage());
  }

  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(JsonParser.parseString(json).getAsJsonObject(), "test.json");
  }
}
