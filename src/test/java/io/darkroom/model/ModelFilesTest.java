package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFilesTest {
  @TempDir Path folder;

  private Path model;

  @BeforeEach
  void copy() throws IOException {
    model = Files.createDirectory(folder.resolve("my-model"));
    TestModels.copy("tiny-sd1", model);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "model_index.json",
        "unet",
        "unet/",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors",
        "tokenizer/vocab.json",
        "scheduler/scheduler_config.json"
      })
  void aPathIntoAModelMeansTheModel(String path) {
    assertEquals(model, ModelFiles.meant(model.resolve(path)));
    assertEquals("my-model", ModelFiles.name(ModelFiles.meant(model.resolve(path))));
  }

  @Test
  void theUsersOwnSpellingIsKept() {
    Path relative = Path.of("src", "test", "resources", "models", "tiny-sd1");
    assertEquals(relative, ModelFiles.meant(relative.resolve("model_index.json")));
    assertEquals(relative, ModelFiles.meant(relative.resolve("unet").resolve("config.json")));
  }

  /** The hub keeps whole checkpoints beside the folders. */
  @Test
  void aCheckpointBesideTheFoldersMeansItself() throws IOException {
    Path checkpoint =
        Files.copy(TestModels.directory("tiny-sd1.safetensors"), model.resolve("v1-5.safetensors"));
    assertEquals(checkpoint, ModelFiles.meant(checkpoint));
    Path other = Files.createDirectory(model.resolve("other"));
    Path nested = Files.copy(checkpoint, other.resolve("v1-5.safetensors"));
    assertEquals(nested, ModelFiles.meant(nested));
    Path absent = model.resolve("unet").resolve("absent.safetensors");
    assertEquals(absent, ModelFiles.meant(absent));
  }

  @Test
  void aFolderWithAUNetAndNothingElseMeansTheUNet() throws IOException {
    Path alone = Files.createDirectory(folder.resolve("lcm"));
    for (String name : new String[] {"config.json", "diffusion_pytorch_model.safetensors"}) {
      Files.copy(model.resolve("unet").resolve(name), alone.resolve(name));
    }
    Path unet = alone.resolve("diffusion_pytorch_model.safetensors");
    assertEquals(unet, ModelFiles.meant(alone));
    assertEquals(unet, ModelFiles.meant(unet));
    assertEquals("lcm", ModelFiles.name(unet));
    assertEquals(
        "my-model",
        ModelFiles.name(model.resolve("unet").resolve("diffusion_pytorch_model.safetensors")));
    assertEquals(folder, ModelFiles.meant(folder));
  }
}
