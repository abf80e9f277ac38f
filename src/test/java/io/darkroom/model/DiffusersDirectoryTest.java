package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiffusersDirectoryTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void aWholeModelOpens(String name) throws Exception {
    DiffusersDirectory model = DiffusersDirectory.open(TestModels.directory(name));
    assertEquals(name, model.name());
    assertEquals(4, model.settings(Component.UNET).json().get("in_channels").getAsInt());
    assertEquals(4, model.settings(Component.UNET).integer("in_channels"));
    assertTrue(model.settings(Component.SCHEDULER).json().has("beta_start"));
    assertTrue(model.settings(Component.AUTOENCODER).source().endsWith("config.json"));
    assertTrue(Files.exists(model.tokenizer(Component.TOKENIZER).resolve("vocab.json")));
    assertEquals(Optional.empty(), model.generationDefaults());
    try (ComponentWeights weights = model.weights(Component.TEXT_ENCODER)) {
      assertFalse(weights.shapes().isEmpty());
    }
    byte[] bytes = Files.readAllBytes(TestModels.weights(name, "unet"));
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    assertEquals(HexFormat.of().formatHex(digest).substring(0, 10), model.hash());
    assertEquals(model.hash(), model.hash());
  }

  @Test
  void anotherPipelineIsNamed() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");
    assertRefused(
        folder, "is a FLUX model (FluxPipeline); Darkroom runs Stable Diffusion 1, 2 and XL");
  }

  @Test
  void latentConsistencyModelsTakeFewSteps() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Path index = folder.resolve("model_index.json");
    Files.writeString(
        index,
        Files.readString(index)
            .replace("StableDiffusionPipeline", "LatentConsistencyModelPipeline"));
    JsonObject wishes = DiffusersDirectory.open(folder).generationDefaults().orElseThrow();
    assertEquals(Set.of("steps", "guidance_scale"), wishes.keySet());
    assertEquals(4, wishes.get("steps").getAsInt());
    assertEquals(8.5, wishes.get("guidance_scale").getAsDouble());
    Files.writeString(folder.resolve("darkroom.json"), "{\"steps\": 2}");
    assertEquals(
        "{\"steps\":2}",
        DiffusersDirectory.open(folder).generationDefaults().get().toString(),
        "the makers know better");
  }

  @Test
  void whatIsNoModelDirectoryIsRefused() throws IOException {
    assertRefused(folder.resolve("absent"), "there is no such model");
    assertRefused(Files.createFile(folder.resolve("file")), "is a file");
    assertRefused(folder, "has no model_index.json");
    Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": ");
    assertRefused(folder, "model_index.json: is broken: it ends too early");
    Files.writeString(folder.resolve("model_index.json"), "{}");
    assertRefused(folder, "model_index.json: has no \"_class_name\"");
  }

  @Test
  void allMissingPartsAreNamedTogether() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.delete(folder.resolve("unet/config.json"));
    Files.delete(folder.resolve("tokenizer/merges.txt"));
    Files.delete(folder.resolve("scheduler/scheduler_config.json"));
    Files.move(
        folder.resolve("vae/diffusion_pytorch_model.safetensors"),
        folder.resolve("vae/diffusion_pytorch_model.msgpack"));
    String message =
        assertThrows(ModelException.class, () -> DiffusersDirectory.open(folder)).getMessage();
    assertTrue(message.contains("unet/config.json"), message);
    assertTrue(message.contains("tokenizer/merges.txt"), message);
    assertTrue(message.contains("scheduler/scheduler_config.json"), message);
    assertTrue(
        message.contains("only diffusion_pytorch_model.msgpack, which Darkroom does not read"),
        message);
    assertFalse(message.contains("text_encoder"), message);
    assertEquals(1, message.lines().count());
  }

  @Test
  void anSdxlModelHasASecondTextEncoder() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    Files.delete(folder.resolve("text_encoder_2/model.safetensors"));
    Files.delete(folder.resolve("tokenizer_2/vocab.json"));
    assertRefused(folder, "has no text_encoder_2/model.safetensors, tokenizer_2/vocab.json;");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text_encoder_2/model.safetensors",
        "text_encoder_2/config.json",
        "tokenizer_2/merges.txt",
        "tokenizer_2/special_tokens_map.json",
        "model_index.json"
      })
  void theFingerprintOfAnSdxlModelCoversAllOfIt(String part) throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    final String before = DiffusersDirectory.open(folder).fingerprint();
    assertEquals(before, DiffusersDirectory.open(folder).fingerprint());
    Files.writeString(folder.resolve(part), " \n", StandardOpenOption.APPEND);
    assertNotEquals(before, DiffusersDirectory.open(folder).fingerprint());
  }

  @Test
  void aTokenizerInOneFileIsEnough() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.delete(folder.resolve("tokenizer/vocab.json"));
    Files.delete(folder.resolve("tokenizer/merges.txt"));
    Files.writeString(folder.resolve("tokenizer/tokenizer.json"), "{}");
    DiffusersDirectory.open(folder);
  }

  @Test
  void theMakersDefaultsAreRead() throws IOException {
    TestModels.copy("tiny-sd1", folder);
    Files.writeString(folder.resolve("darkroom.json"), "{\"steps\": 20}");
    DiffusersDirectory model = DiffusersDirectory.open(folder);
    assertEquals(20, model.generationDefaults().orElseThrow().get("steps").getAsInt());
    Files.writeString(folder.resolve("darkroom.json"), "steps");
    assertThrows(ModelException.class, model::generationDefaults);
  }

  private static void assertRefused(Path directory, String says) {
    ModelException refused =
        assertThrows(ModelException.class, () -> DiffusersDirectory.open(directory));
    assertTrue(refused.getMessage().contains(says), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }
}
