package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextEncoderConfigTest {
  private static final TinyNetwork SD1 = new TinyNetwork("tiny-sd1", "text_encoder");

  @Test
  void absentKeysTakeTheDefaultsOfTransformers() {
    TextEncoderConfig config = TextEncoderConfig.parse(JsonConfig.of("empty", new JsonObject()));
    assertEquals(
        new TextEncoderConfig(
            49408, 512, 2048, 12, 8, 77, TextEncoderConfig.Activation.QUICK_GELU, 1e-5, 49407, 512),
        config);
  }

  @Test
  void theActivationIsTheModelsOwn() {
    assertEquals(
        TextEncoderConfig.Activation.QUICK_GELU,
        TextEncoderConfig.parse(SD1.config()).activation());
    assertEquals(
        TextEncoderConfig.Activation.GELU,
        TextEncoderConfig.parse(new TinyNetwork("tiny-sd2", "text_encoder").config()).activation());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"model_type\": \"t5\" | model_type is \"t5\"",
        "\"hidden_act\": \"relu\" | hidden_act is relu, which Darkroom does not run; it runs gelu",
        "\"num_attention_heads\": 5 | hidden_size 32 does not divide into num_attention_heads 5",
        "\"num_attention_heads\": 0 | num_attention_heads 0",
        "\"vocab_size\": 1e12 | \"vocab_size\" must be a whole number"
      })
  void valuesThatAreNotSupportedAreNamed(String change, String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> TextEncoderConfig.parse(SD1.configWith(change)));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertTrue(refused.getMessage().startsWith("config.json: "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }
}
