package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoencoderConfigTest {
  private static final TinyNetwork SD1 = new TinyNetwork("tiny-sd1", "vae");

  @Test
  void absentKeysTakeTheDefaultsOfDiffusers() {
    AutoencoderConfig config = AutoencoderConfig.parse(SD1.config());
    assertEquals(0.18215, config.scalingFactor());
    assertEquals(0, config.shiftFactor());
    assertEquals(8, config.vaeScaleFactor());
    assertTrue(config.middleAttention());
    assertTrue(config.quantizationConvolution());
    assertTrue(config.postQuantizationConvolution());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"_class_name\": \"AutoencoderTiny\" | _class_name is \"AutoencoderTiny\"",
        "\"in_channels\": 4 | in_channels is 4, which Darkroom does not run; it runs 3",
        "\"up_block_types\": [\"AttnUpDecoderBlock2D\"] | the block type AttnUpDecoderBlock2D",
        "\"down_block_types\": null | has no \"down_block_types\"",
        "\"block_out_channels\": [] | block_out_channels",
        "\"block_out_channels\": [16, 16] | name 2, 4 and 4 levels",
        "\"norm_num_groups\": 7 | norm_num_groups 7",
        "\"norm_num_groups\": 0 | norm_num_groups 0",
        "\"scaling_factor\": 0 | scaling_factor",
        "\"scaling_factor\": \"big\" | \"scaling_factor\" must be a number",
        "\"use_quant_conv\": \"no\" | \"use_quant_conv\" must be true or false"
      })
  void valuesThatAreNotSupportedAreNamed(String change, String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> AutoencoderConfig.parse(SD1.configWith(change)));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith("config.json: "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }
}
