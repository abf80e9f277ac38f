package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ModelKindTest {
  @Test
  void stableDiffusionHasOneTextEncoder() {
    ModelKind kind = ModelKind.STABLE_DIFFUSION;
    assertEquals("[unet, vae, text_encoder]", kind.networks().toString());
    assertEquals("[unet, text_encoder]", kind.adaptableNetworks().toString());
    assertEquals("[tokenizer]", kind.tokenizers().toString());
    assertEquals("[unet, vae, text_encoder, scheduler]", kind.configured().toString());
    assertFalse(kind.addsTextAndSizes());
    assertFalse(kind.zeroesNoNegative());
    assertEquals(0.18215, kind.latentScale());
  }

  @Test
  void stableDiffusionXlJoinsTwoAndIsToldThePooledTextOfTheSecond() {
    ModelKind kind = ModelKind.STABLE_DIFFUSION_XL;
    assertEquals("[unet, vae, text_encoder, text_encoder_2]", kind.networks().toString());
    assertEquals("[tokenizer, tokenizer_2]", kind.tokenizers().toString());
    assertEquals(
        List.of(false, true),
        kind.textSlots().stream().map(slot -> slot.output().isPooled()).toList());
    assertTrue(kind.addsTextAndSizes());
    assertTrue(kind.zeroesNoNegative());
    assertEquals(0.13025, kind.latentScale());
  }

  @Test
  void upscalersHaveTheirOwnAutoencoderAndSchedules() {
    ModelKind upscaler = ModelKind.STABLE_DIFFUSION_UPSCALER;
    assertEquals(
        "[unet, vae, text_encoder, scheduler, low_res_scheduler]",
        upscaler.configured().toString());
    assertTrue(upscaler.heedsForceUpcast());
    assertEquals(4, upscaler.enlarging().orElseThrow().multiple());
    ModelKind original = ModelKind.LATENT_SUPER_RESOLUTION;
    assertEquals("[unet, vqvae, scheduler]", original.configured().toString());
    assertEquals("[unet]", original.adaptableNetworks().toString());
    assertEquals(Component.VQ_AUTOENCODER, original.autoencoder());
    assertEquals(Optional.empty(), ModelKind.STABLE_DIFFUSION_XL.enlarging());
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "STABLE_DIFFUSION_XL_REFINER")
  void aKindIsFoundByItsOwnPipeline(ModelKind kind) {
    assertEquals(Optional.of(kind), ModelKind.ofPipeline(kind.pipeline()));
  }

  @ParameterizedTest
  @EnumSource
  void aFamilyOfSingleFilesHasTheSettingsOfAllComponentsOfItsKind(CheckpointFamily family) {
    for (Component component : family.kind().configured()) {
      assertTrue(family.settings(component).has("_class_name") || component.isTextEncoder());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aComponentIsFoundByItsFolder(Component component) {
    assertEquals(Optional.of(component), Component.of(component.folder()));
    Path model = Path.of("model");
    assertTrue(component.config(model).startsWith(model.resolve(component.folder())));
  }

  @Test
  void noOtherFolderIsAComponent() {
    assertEquals(Optional.empty(), Component.of("UNET"));
    assertEquals("scheduler/scheduler_config.json", Component.SCHEDULER.config());
    assertEquals("text_encoder_2/config.json", Component.TEXT_ENCODER_2.config());
  }
}
