package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNetStructureTest {
  private static final String[] KEYS = {
    "layers_per_block", "mid_block_type", "down_block_types", "up_block_types"
  };

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiny-sd1",
        "tiny-sd2",
        "tiny-sdxl",
        "tiny-ssd1b",
        "tiny-vega",
        "tiny-koala",
        "tiny-sd1-pruned"
      })
  void settingsThatAreRightStayAsTheyAre(String model) {
    JsonConfig settings = settings(model);
    assertSame(settings, structure(model).correct(settings));
  }

  /** By the weights alone the pruned model's settings come out of its family's. */
  @ParameterizedTest
  @CsvSource({
    "tiny-ssd1b, tiny-sdxl",
    "tiny-vega, tiny-sdxl",
    "tiny-koala, tiny-sdxl",
    "tiny-sdxl, tiny-koala"
  })
  void settingsOfAnotherModelBecomeItsOwn(String model, String other) {
    JsonConfig corrected = structure(model).correct(settings(other));
    assertNotEquals(settings(other).json(), corrected.json());
    assertSame(corrected, structure(model).correct(corrected));
    assertSameStructure(model, corrected);
  }

  private static void assertSameStructure(String model, JsonConfig corrected) {
    JsonConfig own = settings(model);
    for (String key : KEYS) {
      if (own.json().has(key)) {
        assertEquals(own.json().get(key), corrected.json().get(key), key);
      }
    }
    int levels = own.integers("block_out_channels").size();
    int layers = own.integer("layers_per_block");
    String down = "transformer_layers_per_block";
    String up = "reverse_transformer_layers_per_block";
    assertEquals(
        own.integersForEach(down, levels, layers, 1),
        corrected.integersForEach(down, levels, layers, 1));
    if (own.has(up)) {
      assertEquals(
          own.integersForEach(up, levels, layers + 1, 1),
          corrected.integersForEach(up, levels, layers + 1, 1));
    }
  }

  @Test
  void aLevelLessThanTheFamilysTakesItsChannelsAndHeadsAlong() {
    JsonConfig family = CheckpointFamily.STABLE_DIFFUSION_2.settings(Component.UNET);
    JsonConfig corrected = structure("tiny-sd1-pruned").correct(family);
    assertEquals("[320,640,1280]", corrected.json().get("block_out_channels").toString());
    assertEquals("[5,10,20]", corrected.json().get("attention_head_dim").toString());
    assertEquals(1, corrected.integer("layers_per_block"));
    assertTrue(corrected.json().get("mid_block_type").isJsonNull());
    assertEquals(
        "[\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\",\"CrossAttnDownBlock2D\"]",
        corrected.json().get("down_block_types").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"mid_block_type\": \"UNetMidBlock2DSimpleCrossAttn\"",
        "\"down_block_types\": [\"KDownBlock2D\", \"DownBlock2D\", \"DownBlock2D\"]"
      })
  void settingsOfBlocksThatAreNotKnownStayToBeRefused(String change) {
    JsonObject json = settings("tiny-sdxl").json().deepCopy();
    JsonParser.parseString("{" + change + "}")
        .getAsJsonObject()
        .entrySet()
        .forEach(entry -> json.add(entry.getKey(), entry.getValue()));
    JsonConfig settings = JsonConfig.of("config.json", json);
    assertSame(settings, structure("tiny-ssd1b").correct(settings));
  }

  @Test
  void aFileTellsItsStructureWithoutAnyConfig() {
    CheckpointFile file =
        CheckpointFile.open(
            TestModels.directory("tiny-ssd1b-unet.safetensors"), Optional.empty(), folder);
    assertEquals("Stable Diffusion XL", file.family().title());
    assertSameStructure("tiny-ssd1b", file.settings(Component.UNET));
    try (ComponentWeights weights = file.weights(Component.UNET)) {
      assertEquals(
          Golden.open(TestModels.weights("tiny-ssd1b", "unet")).names(), weights.shapes().keySet());
    }
  }

  @ParameterizedTest
  @CsvSource({"tiny-sd1, Stable Diffusion 1.x", "tiny-sd2, Stable Diffusion 2.x"})
  void theFamilyShowsInTheUNet(String model, String kind) {
    CheckpointFile file =
        CheckpointFile.open(TestModels.weights(model, "unet"), Optional.empty(), folder);
    assertEquals(kind, file.family().title());
    assertEquals(model, file.name());
    assertEquals(
        settings(model).json(), file.settings(Component.UNET).json(), "its own, beside it");
    assertThrows(ModelException.class, () -> file.weights(Component.TEXT_ENCODER));
  }

  @Test
  void nothingIsToldByNamesThatAreNoUNets() {
    JsonConfig settings = settings("tiny-sd1");
    assertSame(settings, UNetStructure.of(Set.of("text_model.x", "conv_in")).correct(settings));
    // Attentions of which some are missing are not made up.
    Set<String> names =
        Golden.open(TestModels.weights("tiny-ssd1b", "unet")).names().stream()
            .filter(name -> !name.startsWith("down_blocks.1.attentions.0."))
            .collect(Collectors.toSet());
    JsonConfig odd = UNetStructure.of(names).correct(settings("tiny-ssd1b"));
    assertFalse(odd.json().equals(settings("tiny-ssd1b").json()));
  }

  private static UNetStructure structure(String model) {
    return UNetStructure.of(Golden.open(TestModels.weights(model, "unet")).names());
  }

  private static JsonConfig settings(String model) {
    return JsonConfig.read(TestModels.directory(model).resolve("unet/config.json"));
  }
}
