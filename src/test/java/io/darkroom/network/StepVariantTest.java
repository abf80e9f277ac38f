package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.WeightCatalog;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StepVariantTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "false | COMPUTED | 0 | denoise | [latents, times, step, contexts, scales]",
        "false | KEPT | 0 | denoise_keeping | [latents, times, step, contexts, scales]",
        "false | REUSED | 5 | denoise_reusing"
            + " | [latents, extra, times, step, contexts, scales, kept]",
        "true | COMPUTED | 0 | denoise_guided"
            + " | [latents, times, step, contexts, scales, guidance, rescale]",
        "true | KEPT | 5 | denoise_guided_keeping"
            + " | [latents, extra, times, step, contexts, scales, guidance, rescale]",
        "true | REUSED | 0 | denoise_guided_reusing"
            + " | [latents, times, step, contexts, scales, kept, guidance, rescale]"
      })
  void nameAndInputsFollow(
      boolean guided, DeepLayers deepLayers, int extra, String name, String inputs) {
    StepVariant variant = new StepVariant(guided, deepLayers, extra);
    assertEquals(name, variant.methodName());
    assertEquals(inputs, variant.inputs().toString());
  }

  /** What is written for one variant has no layer that it does not call, and no weight is new. */
  @ParameterizedTest
  @CsvSource({"true, COMPUTED", "true, REUSED", "false, KEPT"})
  void eachVariantIsAScriptOfItsOwn(boolean guided, DeepLayers deepLayers) {
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sd1", "unet").config());
    UNetScripts scripts =
        new UNetScripts(config, WeightCatalog.ofNewModel().root(), Precision.FLOAT32);
    List<String> weights = scripts.conditioning().weightNames();
    StepVariant variant = new StepVariant(guided, deepLayers, 0);
    String source = scripts.step(variant, AttentionForms.NONE).source();
    assertTrue(source.contains("def " + variant.methodName() + "("), source);
    assertEquals(guided, source.contains("def guide("));
    assertEquals(deepLayers != DeepLayers.REUSED, source.contains("def deep_layers"));
    assertEquals(weights, scripts.conditioning().weightNames());
  }
}
