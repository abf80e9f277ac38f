package io.darkroom.testing;

import io.darkroom.checkpoint.SafetensorsWriter;
import io.darkroom.checkpoint.StoredType;
import io.darkroom.checkpoint.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The small models with random weights among the test resources. */
public final class TestModels {
  private TestModels() {}

  /**
   * A model's directory.
   *
   * @param model such as {@code tiny-sd1}
   * @return the directory with {@code model_index.json}
   */
  public static Path directory(String model) {
    return Path.of("src", "test", "resources", "models", model);
  }

  /**
   * A component's weights.
   *
   * @param model such as {@code tiny-sd1}
   * @param component {@code unet}, {@code vae} or {@code text_encoder}
   * @return the safetensors file
   */
  public static Path weights(String model, String component) {
    return weights(directory(model), component);
  }

  /**
   * A component's weights.
   *
   * @param directory a model's directory
   * @param component {@code unet}, {@code vae} or {@code text_encoder}
   * @return the safetensors file
   */
  public static Path weights(Path directory, String component) {
    return directory
        .resolve(component)
        .resolve(
            component.startsWith("text_encoder")
                ? "model.safetensors"
                : "diffusion_pytorch_model.safetensors");
  }

  /**
   * Copies a model, to be damaged.
   *
   * @param model such as {@code tiny-sd1}
   * @param folder an empty directory
   * @throws IOException if it cannot be copied
   */
  public static void copy(String model, Path folder) throws IOException {
    Path source = directory(model);
    try (Stream<Path> paths = Files.walk(source)) {
      for (Path path : paths.skip(1).toList()) {
        Files.copy(path, folder.resolve(source.relativize(path).toString()));
      }
    }
  }

  /**
   * Writes a safetensors file anew, as F32.
   *
   * @param file the file
   * @param change changes its tensors
   * @throws IOException if it cannot be written
   */
  public static void rewrite(Path file, Consumer<Map<String, TensorData>> change)
      throws IOException {
    Golden stored = Golden.open(file);
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (String name : stored.names()) {
      tensors.put(name, TensorData.of(stored.floats(name), stored.shape(name)));
    }
    change.accept(tensors);
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
  }
}
