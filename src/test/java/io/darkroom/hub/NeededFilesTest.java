package io.darkroom.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NeededFilesTest {
  private static final String STEM = "unet/diffusion_pytorch_model";

  private static JsonConfig index(String components) {
    return JsonConfig.of("index", JsonParser.parseString("{" + components + "}").getAsJsonObject());
  }

  private static final JsonConfig UNET = index("'unet': ['diffusers', 'UNet2DConditionModel']");

  private static NeededFiles choose(JsonConfig index, WeightVariant variant, String... more) {
    List<String> names =
        new ArrayList<>(List.of("unet/config.json", "scheduler/scheduler_config.json"));
    names.addAll(List.of(more));
    return NeededFiles.choose(names, index, variant);
  }

  @Test
  void weightsInPartsAreTakenWithTheirIndexAndOnlyWhole() {
    String first = STEM + "-00001-of-00002.safetensors";
    String second = STEM + "-00002-of-00002.safetensors";
    String parts = STEM + ".safetensors.index.json";
    NeededFiles all = choose(UNET, WeightVariant.PLAIN, first, second, parts);
    assertTrue(all.paths().containsAll(List.of(first, second, parts)));
    assertEquals(List.of(), all.missing());
    assertFalse(choose(UNET, WeightVariant.PLAIN, first, parts).missing().isEmpty());
    assertFalse(choose(UNET, WeightVariant.PLAIN, first, second).missing().isEmpty());
  }

  @Test
  void thePartsOfOneVariantAreNotMixedWithThoseOfTheOther() {
    String half = STEM + ".fp16-00001-of-00001.safetensors";
    String halfIndex = STEM + ".safetensors.index.fp16.json";
    String plain = STEM + "-00001-of-00001.safetensors";
    String plainIndex = STEM + ".safetensors.index.json";
    String[] names = {half, halfIndex, plain, plainIndex};
    NeededFiles chosen = choose(UNET, WeightVariant.FP16, names);
    assertTrue(chosen.paths().containsAll(List.of(half, halfIndex)), chosen::toString);
    assertFalse(chosen.paths().contains(plain), chosen::toString);
    chosen = choose(UNET, WeightVariant.PLAIN, names);
    assertTrue(chosen.paths().containsAll(List.of(plain, plainIndex)), chosen::toString);
    assertFalse(chosen.paths().contains(half), chosen::toString);
  }

  @Test
  void aComponentThatTheIndexDoesNotUseIsNotWanted() {
    JsonConfig index =
        index(
            "'unet': ['a', 'b'], 'vae': [null, null], 'text_encoder': null,"
                + " 'text_encoder_2': ['a', 'b'], 'tokenizer_2': ['a', 'b']");
    NeededFiles chosen = choose(index, WeightVariant.PLAIN, STEM + ".safetensors");
    assertEquals(
        List.of(
            "text_encoder_2/config.json",
            "text_encoder_2/model.safetensors",
            "tokenizer_2/vocab.json",
            "tokenizer_2/merges.txt"),
        chosen.missing());
  }

  @Test
  void anUpscalersOwnPartsAreWanted() {
    NeededFiles chosen =
        choose(index("'_class_name': 'StableDiffusionUpscalePipeline'"), WeightVariant.PLAIN);
    assertTrue(
        chosen
            .missing()
            .containsAll(
                List.of("low_res_scheduler/scheduler_config.json", "text_encoder/config.json")),
        chosen::toString);
    chosen = choose(index("'_class_name': 'LDMSuperResolutionPipeline'"), WeightVariant.PLAIN);
    assertEquals(
        List.of(
            STEM + ".safetensors",
            "vqvae/config.json",
            "vqvae/diffusion_pytorch_model.safetensors"),
        chosen.missing());
  }
}
