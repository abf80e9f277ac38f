package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerKindTest {
  @ParameterizedTest
  @CsvSource({
    "ddim, DDIM",
    "DDIMScheduler, DDIM",
    "ddimscheduler, DDIM",
    "DdPm, DDPM",
    "DDPMScheduler, DDPM",
    "euler-a, EULER_ANCESTRAL",
    "Euler a, EULER_ANCESTRAL",
    "euler_ancestral, EULER_ANCESTRAL",
    "EulerAncestralDiscreteScheduler, EULER_ANCESTRAL",
    "PLMS, PNDM",
    "DPM++ 2M, DPMPP_2M",
    "dpmpp_2m_sde, DPMPP_2M_SDE",
    "DPM++ SDE, DPMPP_SDE",
    "DPMSolverSDEScheduler, DPMPP_SDE",
    "DPMSolverMultistepScheduler, DPMPP_2M",
    "uni_pc, UNIPC",
    "' LCM ', LCM"
  })
  void isFoundByAnyOfItsNames(String name, SamplerKind expected) {
    assertEquals(expected, SamplerKind.named(name));
  }

  @Test
  void listsTheSamplersWhenThereIsNone() {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> SamplerKind.named("dpm2"));
    assertEquals(
        "there is no sampler 'dpm2'; use one of ddim, ddpm, euler, euler-a, heun, pndm, lms,"
            + " dpm++2m, dpm++2m-sde, dpm++sde, unipc, lcm",
        error.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{_class_name: DDPMScheduler} | DDPM",
        "{_class_name: PNDMScheduler} | PNDM",
        "{_class_name: DPMSolverMultistepScheduler} | DPMPP_2M",
        "{_class_name: DPMSolverMultistepScheduler, algorithm_type: 'dpmsolver++'} | DPMPP_2M",
        "{_class_name: DPMSolverMultistepScheduler, algorithm_type: sde-dpmsolver} | DPMPP_2M_SDE",
      })
  void isFoundByTheModelsConfiguration(String json, SamplerKind expected) {
    assertEquals(Optional.of(expected), SamplerKind.publishedWith(parse(json)));
  }

  @Test
  void aModelMayHaveBeenPublishedWithAnother() {
    assertEquals(
        Optional.empty(),
        SamplerKind.publishedWith(parse("{_class_name: DEISMultistepScheduler}")));
    assertEquals(Optional.empty(), SamplerKind.publishedWith(parse("{}")));
  }

  @Test
  void noTwoHaveANameInCommon() {
    for (SamplerKind kind : SamplerKind.values()) {
      assertEquals(kind, SamplerKind.named(kind.optionName()));
      assertEquals(kind, SamplerKind.named(kind.displayName()));
      for (Schedule schedule : Schedule.values()) {
        assertEquals(
            new SamplerChoice(kind, Optional.of(schedule)),
            SamplerChoice.named(kind.displayName() + " " + schedule.displayName()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DPM++ 2M Karras, DPMPP_2M, KARRAS",
    "dpm++ 2m sde exponential, DPMPP_2M_SDE, EXPONENTIAL",
    "LMS Karras, LMS, KARRAS",
    "Euler a SGM Uniform, EULER_ANCESTRAL, TRAILING"
  })
  void aNameMayTellASchedule(String name, SamplerKind kind, Schedule schedule) {
    assertEquals(new SamplerChoice(kind, Optional.of(schedule)), SamplerChoice.named(name));
  }

  @ParameterizedTest
  @CsvSource({
    "DPM++ 2M Karras, DPMPP_2M, KARRAS",
    "euler_a karras, EULER_ANCESTRAL, KARRAS",
    "DPM2, HEUN,",
    "DPM2 a Karras, EULER_ANCESTRAL, KARRAS",
    "kdpm_2, HEUN,",
    "DPM++ 2S a, EULER_ANCESTRAL,",
    "dpmpp_2s_ancestral_cfg_pp, EULER_ANCESTRAL,",
    "DPM++ 3M SDE Exponential, DPMPP_2M_SDE, EXPONENTIAL",
    "dpmpp_2m_sde_gpu, DPMPP_2M_SDE,",
    "euler_cfg_pp, EULER,",
    "k_euler_ancestral, EULER_ANCESTRAL,",
    "dpm++2mv2 karras, DPMPP_2M, KARRAS",
    "res_multistep, DPMPP_2M,",
    "DPM adaptive, DPMPP_2M,",
    "deis, DPMPP_2M,",
    "uni_pc_bh2, UNIPC,",
    "ddim_trailing, DDIM,",
    "tcd, LCM,",
    "er_sde, DPMPP_2M_SDE,",
    "heunpp2, HEUN,",
    "Restart, EULER,",
    "'', EULER,",
    "no such thing, EULER,"
  })
  void anUnknownNameHasANearestSampler(String name, SamplerKind kind, Schedule schedule) {
    assertEquals(
        new SamplerChoice(kind, Optional.ofNullable(schedule)), SamplerChoice.nearest(name));
  }

  @Test
  void refusesASchedule() {
    SchedulerConfig config = parse("{}");
    assertEquals(
        "ddim has no schedule 'karras'; use one of model, trailing",
        assertThrows(
                IllegalArgumentException.class,
                () -> SamplerKind.DDIM.create(config, Schedule.KARRAS, 10, 0))
            .getMessage());
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
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"DPMPP_2M", "DPMPP_2M_SDE", "UNIPC", "LCM"})
  void refusesStepsThatStartPastTheTraining(SamplerKind kind) {
    SchedulerConfig config =
        parse("{steps_offset: 1, timestep_spacing: leading, skip_prk_steps: true}");
    assertEquals(
        "1000 steps would start at timestep 1000, after the model's last one, 999; use fewer steps",
        refusal(kind, config, 1000));
    int evaluations = kind.create(config, 999, 0).evaluations();
    assertEquals(
        switch (kind) {
          case PNDM -> 1000;
          case HEUN, DPMPP_SDE -> 2 * 999 - 1;
          default -> 999;
        },
        evaluations);
  }

  /** Theirs stop one stride earlier; diffusers runs on with a timestep that was never trained. */
  @ParameterizedTest
  @EnumSource(names = {"DPMPP_2M", "DPMPP_2M_SDE", "UNIPC"})
  void solversRefuseStepsThatStartPastTheTrainingOrStandStill(SamplerKind kind) {
    SchedulerConfig config = parse("{steps_offset: 1, timestep_spacing: leading}");
    assertEquals(
        "999 steps would start at timestep 1000, after the model's last one, 999; use fewer steps",
        refusal(kind, config, 999));
    assertEquals(
        "1000 steps are more than the model has distinct noise levels; use fewer steps",
        refusal(kind, config, 1000));
    assertEquals(499, kind.create(config, 499, 0).evaluations());
  }

  /** diffusers divides by zero here, or by next to it. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PNDM")
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
