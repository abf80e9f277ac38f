package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.testing.TinyDecoder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TinyAutoencoderConfigTest {
  @Test
  void thePublishedConfigIsThatOfTheDefaults() {
    DecoderConfig published = DecoderConfig.parse(config(TinyDecoder.CONFIG));
    assertEquals(new TinyAutoencoderConfig(4, 64, List.of(3, 3, 3, 1), 1, 0), published);
    assertEquals(published, DecoderConfig.parse(config("{\"_class_name\": \"AutoencoderTiny\"}")));
    assertEquals(8, published.vaeScaleFactor());
    assertFalse(published.forceUpcast());
  }

  @Test
  void theClassTellsTheKind() {
    JsonConfig large = new TinyNetwork("tiny-sd1", "vae").config();
    assertInstanceOf(AutoencoderConfig.class, DecoderConfig.parse(large));
    ModelException refused =
        assertThrows(ModelException.class, () -> TinyAutoencoderConfig.parse(large));
    assertTrue(refused.getMessage().contains("_class_name is \"AutoencoderKL\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"in_channels\": 4 | in_channels is 4, which Darkroom does not run; it runs 3",
        "\"out_channels\": 1 | out_channels is 1",
        "\"act_fn\": \"silu\" | act_fn is \"silu\"",
        "\"upsample_fn\": \"bilinear\" | upsample_fn is \"bilinear\"",
        "\"upsampling_scaling_factor\": 3 | upsampling_scaling_factor is 3",
        "\"num_decoder_blocks\": [] | num_decoder_blocks is []",
        "\"num_decoder_blocks\": [3, -1, 3, 1] | num_decoder_blocks is [3, -1, 3, 1]",
        "\"num_decoder_blocks\": [1, 1, 1, 1, 1, 1, 1, 1, 1] | it must be a count for each of 1 to 8",
        "\"num_decoder_blocks\": [3, 3] | name 2 and 4 levels",
        "\"decoder_block_out_channels\": [64, 64, 32, 32] | all levels must have the same number",
        "\"decoder_block_out_channels\": [0, 0, 0, 0] | decoder_block_out_channels is [0, 0, 0, 0]",
        "\"latent_channels\": 0 | latent_channels must be 1 or more",
        "\"scaling_factor\": 0 | scaling_factor must not be 0"
      })
  void valuesThatAreNotSupportedAreNamed(String change, String says) {
    JsonObject json = JsonParser.parseString(TinyDecoder.CONFIG).getAsJsonObject();
    JsonParser.parseString("{" + change + "}")
        .getAsJsonObject()
        .entrySet()
        .forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    ModelException refused =
        assertThrows(
            ModelException.class, () -> DecoderConfig.parse(JsonConfig.of("config.json", json)));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith("config.json: "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }

  private static JsonConfig config(String json) {
    return JsonConfig.of("config.json", JsonParser.parseString(json).getAsJsonObject());
  }
}
