package io.darkroom.checkpoint;

import java.nio.file.Path;

/** The small models with random weights among the test resources. */
final class TestModels {
  private TestModels() {}

  /**
   * A model's directory.
   *
   * @param model such as {@code tiny-sd1}
   * @return the directory with {@code model_index.json}
   */
  static Path directory(String model) {
    return Path.of("src", "test", "resources", "models", model);
  }

  /**
   * A component's weights.
   *
   * @param model such as {@code tiny-sd1}
   * @param component {@code unet}, {@code vae} or {@code text_encoder}
   * @return the safetensors file
   */
  static Path weights(String model, String component) {
    return directory(model)
        .resolve(component)
        .resolve(
            component.equals("text_encoder")
                ? "model.safetensors"
                : "diffusion_pytorch_model.safetensors");
  }
}
