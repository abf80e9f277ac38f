package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints whose weights are not those that the config calls for. */
class NetworkWeightsTest {
  private static final TinyNetwork UNET = new TinyNetwork("tiny-sd1", "unet");

  @Test
  void aMissingWeightIsNamed() {
    Map<String, long[]> shapes = UNET.shapes();
    shapes.remove("mid_block.resnets.0.conv1.bias");
    assertRefused(UNET.config(), shapes, "the weight mid_block.resnets.0.conv1.bias is missing");
  }

  @Test
  void aWeightThatHasNoPlaceIsNamed() {
    Map<String, long[]> shapes = UNET.shapes();
    shapes.put("add_embedding.linear_1.bias", new long[] {64});
    assertRefused(
        UNET.config(),
        shapes,
        "the config has no place for the weight add_embedding.linear_1.bias");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"cross_attention_dim\": 40 | attn2.to_k.weight has the shape [16, 32], but the config"
            + " asks for [16, 40]",
        "\"in_channels\": 9 | conv_in.weight has the shape [16, 4, 3, 3], but the config asks for"
            + " [16, 9, 3, 3]",
        "\"layers_per_block\": 3 | down_blocks.0.resnets.2.norm1.weight is missing",
        "\"layers_per_block\": 1 | up_blocks.0.resnets.1.norm1.weight has the shape [64], but the"
            + " config asks for [56]",
        "\"use_linear_projection\": true | proj_in.weight has the shape [16, 16, 1, 1]",
        "\"transformer_layers_per_block\": 2 | transformer_blocks.1.norm1.weight is missing"
      })
  void aConfigOfAnotherModelIsNoticed(String change, String says) {
    assertRefused(UNET.configWith(change), UNET.shapes(), says);
  }

  /** What a new model's weights are to be is what a checkpoint of it holds. */
  @Test
  void theInventoryOfANewModelIsThatOfItsCheckpoint() {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    new UNet(UNetConfig.parse(UNET.config()))
        .writeTo(catalog.root(), new Script(Precision.FLOAT32));
    assertEquals(Set.copyOf(UNET.shapes().keySet()), Set.copyOf(catalog.shapes().keySet()));
  }

  private static void assertRefused(JsonConfig config, Map<String, long[]> shapes, String says) {
    ModelException refused =
        assertThrows(
            ModelException.class,
            () -> {
              WeightCatalog catalog = WeightCatalog.of("unet.safetensors", shapes);
              new UNet(UNetConfig.parse(config))
                  .writeTo(catalog.root(), new Script(Precision.FLOAT32));
              catalog.requireAllUsed(name -> false);
            });
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith("unet.safetensors: "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }
}
