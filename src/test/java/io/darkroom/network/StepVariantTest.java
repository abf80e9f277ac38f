package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.WeightCatalog;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepVariantTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PROMPT | COMPUTED | 0 | denoise | [latents, times, step, contexts, scales]",
        "PROMPT | KEPT | 0 | denoise_keeping | [latents, times, step, contexts, scales]",
        "PROMPT | REUSED | 5 | denoise_reusing"
            + " | [latents, extra, times, step, contexts, scales, kept]",
        "NEGATIVE_AND_PROMPT | COMPUTED | 0 | denoise_guided"
            + " | [latents, times, step, contexts, scales, guidance, rescale]",
        "NEGATIVE_AND_PROMPT | KEPT | 5 | denoise_guided_keeping"
            + " | [latents, extra, times, step, contexts, scales, guidance, rescale]",
        "NEGATIVE_AND_PROMPT | REUSED | 0 | denoise_guided_reusing"
            + " | [latents, times, step, contexts, scales, kept, guidance, rescale]",
        "PICTURE_AND_PROMPT | COMPUTED | 4 | denoise_guided_by_picture | [latents, extra, times,"
            + " step, contexts, scales, guidance, rescale, picture_guidance]"
      })
  void nameAndInputsFollow(
      Branches branches, DeepLayers deepLayers, int extra, String name, String inputs) {
    StepVariant variant = new StepVariant(branches, deepLayers, extra, ConvolutionPadding.ZEROS);
    assertEquals(name, variant.methodName());
    assertEquals(inputs, variant.inputs().toString());
  }

  /** What is written for one variant has no layer that it does not call, and no weight is new. */
  @ParameterizedTest
  @CsvSource({"NEGATIVE_AND_PROMPT, COMPUTED", "NEGATIVE_AND_PROMPT, REUSED", "PROMPT, KEPT"})
  void eachVariantIsAScriptOfItsOwn(Branches branches, DeepLayers deepLayers) {
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sd1", "unet").config());
    UNetScripts scripts =
        new UNetScripts(config, WeightCatalog.ofNewModel().root(), Precision.FLOAT32);
    List<String> weights = scripts.conditioning().weightNames();
    StepVariant variant = new StepVariant(branches, deepLayers, 0, ConvolutionPadding.ZEROS);
    String source = scripts.step(variant, AttentionForms.NONE).source();
    assertTrue(source.contains("def " + variant.methodName() + "("), source);
    assertEquals(branches.areGuided(), source.contains("def guide("));
    assertEquals(deepLayers != DeepLayers.REUSED, source.contains("def deep_layers"));
    assertEquals(weights, scripts.conditioning().weightNames());
  }

  /** Convolutions without padding stay as they are. */
  @Test
  void aSeamlessStepPadsByTheOppositeBorder() {
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sd1", "unet").config());
    UNetScripts scripts =
        new UNetScripts(config, WeightCatalog.ofNewModel().root(), Precision.FLOAT32);
    StepVariant plain = StepVariant.plain(Branches.PROMPT, config);
    StepVariant x =
        new StepVariant(Branches.PROMPT, DeepLayers.COMPUTED, 0, ConvolutionPadding.CIRCULAR_X);
    String usual = scripts.step(plain, AttentionForms.NONE).source();
    String seamless = scripts.step(x, AttentionForms.NONE).source();
    assertFalse(usual.contains("circular"));
    assertTrue(seamless.contains("[1, 1, 0, 0], \"circular\""), seamless);
    assertFalse(seamless.contains("[1, 1], [1, 1]"), "stride and padding of the usual kind");
    assertTrue(seamless.contains("[1, 1], [1, 0]"), seamless);
  }
}
