package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineFamilyTest {
  private static final ModelKind PAINTER = ModelKind.STABLE_DIFFUSION;

  private static JsonConfig config(String json) {
    return JsonConfig.of("index", JsonParser.parseString(json).getAsJsonObject());
  }

  private static PipelineFamily family(String more, String pipeline) {
    return PipelineFamily.of(config("{_class_name: " + pipeline + more + "}"));
  }

  @ParameterizedTest
  @CsvSource({
    "StableDiffusionPipeline, 1",
    "StableDiffusionImg2ImgPipeline, 1",
    "StableDiffusionInpaintPipeline, 1",
    "LatentConsistencyModelPipeline, 1",
    "LatentConsistencyModelImg2ImgPipeline, 1",
    "StableDiffusionXLPipeline, 2",
    "StableDiffusionXLImg2ImgPipeline, 2",
    "StableDiffusionXLInpaintPipeline, 2",
    "StableDiffusionUpscalePipeline, 1",
    "StableDiffusionLatentUpscalePipeline, 0",
    "StableDiffusionInstructPix2PixPipeline, 1",
    "StableDiffusionXLControlNetPipeline, 0",
    "StableDiffusion3Pipeline, 0",
    "FluxPipeline, 0"
  })
  void whatIsRunIsTold(String pipeline, int encoders) {
    PipelineFamily family = family("", pipeline);
    assertEquals(encoders, family.networks().stream().filter(Component::isTextEncoder).count());
    assertEquals(encoders > 0, family.isSupported());
    assertEquals(encoders, family.kind().map(ModelKind::textSlots).map(List::size).orElse(0));
    assertEquals(pipeline.startsWith("Latent"), family.isLatentConsistency());
    if (encoders > 0) {
      assertEquals(family.kind(), Optional.of(family.require("x")));
    } else {
      assertThrows(ModelException.class, () -> family.require("x"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ", requires_aesthetics_score: true | false",
        ", text_encoder: [null, null], text_encoder_2: ['transformers', 'x'] | false",
        ", text_encoder: null | false",
        ", requires_aesthetics_score: false, text_encoder: ['transformers', 'x'] | true"
      })
  void theRefinerIsToldFromTheBase(String more, boolean isBase) {
    PipelineFamily family = family(more, "StableDiffusionXLImg2ImgPipeline");
    assertEquals(
        isBase ? ModelKind.STABLE_DIFFUSION_XL : ModelKind.STABLE_DIFFUSION_XL_REFINER,
        family.require("x"));
    assertEquals(isBase ? 2 : 1, family.require("x").textSlots().size());
    assertFalse(family(more, "StableDiffusionPipeline").pipeline().isEmpty());
    assertTrue(family(more, "StableDiffusionPipeline").isSupported(), "no other family has one");
  }

  @Test
  void otherInputsThanMaskAndPictureAreRefused() {
    for (String known :
        new String[] {
          "{}",
          "{in_channels: 16, out_channels: 16}",
          "{in_channels: 9, out_channels: 4}",
          "{in_channels: 8, out_channels: 4}"
        }) {
      assertDoesNotThrow(() -> PipelineFamily.requireKnownInput("x", PAINTER, config(known)));
    }
    for (int channels : new int[] {5, 7, 10}) {
      String message =
          assertThrows(
                  ModelException.class,
                  () ->
                      PipelineFamily.requireKnownInput(
                          "x", PAINTER, config("{in_channels: " + channels + "}")))
              .getMessage();
      assertTrue(message.contains("in_channels " + channels), message);
    }
  }

  /** What it sees is the small picture, and its autoencoder tells how many latents there are. */
  @Test
  void anUpscalersInputIsItsOwn() {
    ModelKind upscaler = ModelKind.STABLE_DIFFUSION_UPSCALER;
    assertDoesNotThrow(
        () -> PipelineFamily.requireKnownInput("x", upscaler, config("{in_channels: 7}")));
    assertTrue(family("", "StableDiffusionUpscalePipeline").enlarges());
    assertTrue(family("", "LDMSuperResolutionPipeline").enlarges());
    assertTrue(PipelineFamily.ESRGAN.enlarges());
    assertTrue(PipelineFamily.ESRGAN.isSupported());
    assertFalse(family("", "StableDiffusionPipeline").enlarges());
    assertEquals(
        "Stable Diffusion latent upscaler",
        family("", "StableDiffusionLatentUpscalePipeline").name());
  }
}
