package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.TestModels;
import io.darkroom.testing.TinyDecoder;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TinyAutoencoderLayoutTest {
  private static final String SD1 = "tiny-sd1";

  @TempDir private Path folder;
  private final TinyDecoder decoder = TinyDecoder.published();

  /** The same weights in every layout that people publish them in. */
  private Path published(String layout) throws IOException {
    Path file = folder.resolve(layout + ".safetensors");
    return switch (layout) {
      case "original" -> decoder.originalFile(file);
      case "whole" -> decoder.wholeFile(file);
      case "comfy" -> decoder.comfyFile(file);
      case "diffusers" -> decoder.diffusersFile(file);
      case "folder" -> decoder.diffusersFolder(folder.resolve(layout));
      case "pth" -> {
        Path pth = folder.resolve("taesd_decoder.pth");
        PytorchWriter.write(pth, decoder.pytorchTensors());
        yield pth;
      }
      default -> throw new IllegalArgumentException(layout);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"original", "whole", "comfy", "diffusers", "folder", "pth"})
  void everyLayoutHasTheSameWeightsAndSettings(String layout) throws IOException {
    ModelSource model = open(SD1, published(layout));
    JsonConfig settings = model.settings(Component.AUTOENCODER);
    assertEquals("AutoencoderTiny", settings.text("_class_name"));
    assertEquals(4, settings.integer("latent_channels"));
    assertEquals(List.of(3, 3, 3, 1), settings.integers("num_decoder_blocks"));
    assertEquals(List.of(64, 64, 64, 64), settings.integers("decoder_block_out_channels"));
    assertTrue(settings.source().startsWith(folder.toString()), settings.source());

    Map<String, TensorData> expected = new TreeMap<>(decoder.tensors("decoder.layers.", 1));
    try (ComponentWeights weights = model.weights(Component.AUTOENCODER);
        NDManager manager = NDManager.newBaseManager()) {
      assertEquals(expected.keySet(), new TreeMap<>(weights.shapes()).keySet());
      expected.forEach(
          (name, tensor) ->
              assertArrayEquals(
                  tensor.values().get(), weights.load(name, manager).toFloatArray(), name));
    }
    // All else is the model's.
    assertEquals(TestModels.directory(SD1).getFileName().toString(), model.name());
    assertEquals("UNet2DConditionModel", model.settings(Component.UNET).text("_class_name"));
    ModelSource own = ModelFiles.of(TestModels.directory(SD1)).open();
    assertNotEquals(own.fingerprint(), model.fingerprint());
    assertEquals(own.hash(), model.hash());
  }

  @Test
  void theBlocksAreCounted() throws IOException {
    List<String> layers =
        List.of("clamp", "first", "relu", "block", "up", "convolution", "block", "block", "last");
    Path file = new TinyDecoder(layers, 4, 8, 1).originalFile(folder.resolve("x.safetensors"));
    JsonConfig settings = open(SD1, file).settings(Component.AUTOENCODER);
    assertEquals(List.of(1, 2), settings.integers("num_decoder_blocks"));
    assertEquals(List.of(8, 8), settings.integers("decoder_block_out_channels"));
  }

  @ParameterizedTest
  @CsvSource({
    "16, 'of 16 channels, as taef1 and taesd3 are, but the model''s have 4'",
    "32, 'of 32 channels, but the model''s have 4'"
  })
  void anotherFamilysIsRefusedByItsChannels(int channels, String says) throws IOException {
    TinyDecoder other = new TinyDecoder(TinyDecoder.PUBLISHED, channels, 8, 1);
    for (Path path :
        List.of(
            other.originalFile(folder.resolve("a.safetensors")),
            other.wholeFile(folder.resolve("b.safetensors")),
            other.diffusersFile(folder.resolve("c.safetensors")))) {
      assertRefused(path, says);
      assertRefused(path, path.toString());
    }
    Path directory = other.diffusersFolder(folder.resolve("taef1"));
    Files.writeString(
        directory.resolve("config.json"),
        TinyDecoder.CONFIG.replace("\"latent_channels\": 4", "\"latent_channels\": " + channels));
    assertRefused(directory, says);
  }

  @Test
  void anEncoderAloneIsRefused() throws IOException {
    for (String prefix : List.of("", "encoder.", "taesd_encoder.", "encoder.layers.")) {
      assertRefused(
          write(TinyDecoder.encoder(prefix)),
          "is the encoder of a tiny autoencoder; get its decoder");
    }
  }

  @Test
  void asAModelItIsRefused() throws IOException {
    for (String layout : List.of("original", "whole", "comfy", "diffusers")) {
      ModelFiles files = ModelFiles.of(published(layout));
      String message = assertThrows(ModelException.class, files::open).getMessage();
      assertTrue(message.endsWith("is a tiny autoencoder alone; use it with --vae"), message);
    }
  }

  @Test
  void previewsTakeATinyOneAlone() throws IOException {
    ModelSource model = ModelFiles.of(TestModels.directory(SD1)).open();
    Path tiny = published("original");
    assertEquals(
        "AutoencoderTiny",
        ModelFiles.forPreviews(model, tiny).settings(Component.AUTOENCODER).text("_class_name"));
    Path large = TestModels.directory(SD1).resolve("vae");
    Path lora = write(Map.of("lora_unet_x.lora_down.weight", TensorData.of(new float[1], 1)));
    Path absent = folder.resolve("absent");
    Map<Path, String> refused =
        Map.of(
            large, "is an autoencoder of full size; --preview-vae takes a tiny autoencoder",
            lora, "but is not one; --preview-vae takes a tiny autoencoder (TAESD)",
            absent, "there is no such autoencoder");
    refused.forEach(
        (path, says) -> {
          String message =
              assertThrows(ModelException.class, () -> ModelFiles.forPreviews(model, path))
                  .getMessage();
          assertTrue(message.contains(says), message);
          assertEquals(1, message.lines().count());
          assertFalse(message.contains("--vae takes"), message);
        });
  }

  private Path write(Map<String, TensorData> tensors) throws IOException {
    Path file = folder.resolve("written.safetensors");
    new SafetensorsWriter(StoredType.F32).write(file, new LinkedHashMap<>(tensors), Map.of());
    return file;
  }

  private ModelSource open(String model, Path autoencoder) {
    return new ModelFiles(
            TestModels.directory(model), Optional.empty(), Optional.of(autoencoder), folder)
        .open();
  }

  private void assertRefused(Path path, String says) {
    String message = assertThrows(ModelException.class, () -> open(SD1, path)).getMessage();
    assertTrue(message.contains(says), message);
    assertEquals(1, message.lines().count());
  }
}
