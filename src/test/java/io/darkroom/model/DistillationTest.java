package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistillationTest {
  @ParameterizedTest
  @CsvSource({
    "sdxl_lightning_4step.safetensors, 4, epsilon, false",
    "sdxl_lightning_8step_unet.safetensors, 8, epsilon, false",
    "sdxl_lightning_1step_x0.safetensors, 1, sample, false",
    "sd_xl_turbo_1.0_fp16.safetensors, 4, epsilon, true",
    "sd_turbo.safetensors, 4, epsilon, true",
    "DreamShaperXL_v21TurboDPMSDE.safetensors, 4, epsilon, false",
    "model-Lightning-2-steps.ckpt, 2, epsilon, false",
    "Hyper-SDXL-1step-Unet-Comfyui.fp16.safetensors, 1, epsilon, false",
    "realvisxlV40_hyper_8steps.safetensors, 8, epsilon, false",
    "epicrealism_hypersd15.safetensors, 4, epsilon, false",
    "animagine-TCD-4step.safetensors, 4, epsilon, false"
  })
  void publishedFilesAreKnownByTheirNames(
      String name, int steps, String prediction, boolean small) {
    Distillation expected = new Distillation(steps, prediction, small, "EulerDiscreteScheduler");
    assertEquals(Optional.of(expected), Distillation.byName(name));
    assertEquals(small, expected.wishes().has("width"));
    JsonConfig silent = JsonConfig.of("test", JsonParser.parseString("{}").getAsJsonObject());
    assertEquals(prediction, expected.scheduler(silent).text("prediction_type", ""));
  }

  @ParameterizedTest
  @CsvSource({
    "LCM_Dreamshaper_v7_4k.safetensors, 4",
    "photon_lcm_8steps.safetensors, 8",
    "dmd2_sdxl_4step_unet_fp16.safetensors, 4",
    "bigasp-dmd.safetensors, 4"
  })
  void othersStepAsLatentConsistencyModelsDo(String name, int steps) {
    Distillation expected = new Distillation(steps, "epsilon", false, "LCMScheduler");
    assertEquals(Optional.of(expected), Distillation.byName(name));
    JsonConfig silent = JsonConfig.of("test", JsonParser.parseString("{}").getAsJsonObject());
    assertEquals("LCMScheduler", expected.scheduler(silent).text("_class_name"));
    assertEquals(
        Optional.of(4),
        Distillation.byScheduler(expected.scheduler(silent)).map(Distillation::steps));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "v1-5-pruned.safetensors",
        "sd_xl_base_1.0.safetensors",
        "4steps.ckpt",
        "hyperrealism_v3.safetensors",
        "epicHyperreal.safetensors",
        "alcmene.safetensors"
      })
  void othersAreNot(String name) {
    assertEquals(Optional.empty(), Distillation.byName(name));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "EulerDiscreteScheduler | trailing | epsilon | false | true",
        "EulerAncestralDiscreteScheduler | trailing | epsilon | false | true",
        "EulerDiscreteScheduler | leading | epsilon | false | false",
        "EulerDiscreteScheduler | trailing | v_prediction | false | false",
        "EulerDiscreteScheduler | trailing | epsilon | true | false",
        "DDIMScheduler | trailing | epsilon | false | false"
      })
  void aDirectoryShowsItByItsScheduler(
      String scheduler, String spacing, String prediction, boolean zero, boolean distilled) {
    String settings =
        """
        {"_class_name": "%s", "timestep_spacing": "%s", "prediction_type": "%s",
         "rescale_betas_zero_snr": %s}"""
            .formatted(scheduler, spacing, prediction, zero);
    assertEquals(
        distilled,
        Distillation.byScheduler(
                JsonConfig.of("test", JsonParser.parseString(settings).getAsJsonObject()))
            .isPresent());
  }

  @Test
  void aModelOfTheFamilysUsualSchedulerIsNone() {
    JsonConfig silent = JsonConfig.of("test", JsonParser.parseString("{}").getAsJsonObject());
    assertEquals(Optional.empty(), Distillation.byScheduler(silent));
    Distillation usual = new Distillation(4, "epsilon", false, "EulerDiscreteScheduler");
    assertEquals(Optional.of(usual), Distillation.byScheduler(usual.scheduler(silent)));
  }
}
