package io.darkroom.testing;

import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
   * Writes the single file of tiny-sd1 with all its halves as F8_E5M2.
   *
   * @param target where
   * @return the file
   * @throws IOException if it cannot be written
   */
  public static Path inFiveExponentBits(Path target) throws IOException {
    Golden stored = Golden.open(directory("tiny-sd1.safetensors"));
    RawSafetensors written = new RawSafetensors();
    for (String name : stored.names()) {
      ByteBuffer bytes = stored.bytesOf(name);
      if (stored.type(name).equals("F16")) {
        byte[] narrow = new byte[bytes.remaining() / 2];
        for (int i = 0; i < narrow.length; i++) {
          narrow[i] = fiveExponentBits(bytes.getShort());
        }
        written.put(name, "F8_E5M2", narrow, stored.shape(name));
      }
    }
    return written.write(target);
  }

  /**
   * Rounds a finite half to its upper eight bits, half to even.
   *
   * @param half its bits
   * @return the bits of the nearest F8_E5M2
   */
  public static byte fiveExponentBits(short half) {
    int bits = half & 0xffff;
    return (byte) ((bits + 0x7f + (bits >> 8 & 1)) >> 8);
  }

  /**
   * Puts a pruned model together, which has all but its U-Net from another one.
   *
   * @param model such as {@code tiny-koala}
   * @param folder an empty directory
   * @return the folder
   * @throws IOException if it cannot be copied
   */
  public static Path pruned(String model, Path folder) throws IOException {
    copy(model.equals("tiny-sd1-pruned") ? "tiny-sd1" : "tiny-sdxl", folder);
    for (String name : new String[] {"config.json", "diffusion_pytorch_model.safetensors"}) {
      Files.copy(
          directory(model).resolve("unet").resolve(name),
          folder.resolve("unet").resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }
    return folder;
  }

  /**
   * Puts the refiner together, which has all but its U-Net from tiny-sdxl.
   *
   * @param folder an empty directory
   * @return the folder
   * @throws IOException if it cannot be copied
   */
  public static Path refiner(Path folder) throws IOException {
    copy("tiny-sdxl", folder);
    for (String name :
        new String[] {
          "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors"
        }) {
      Files.copy(
          directory("tiny-refiner").resolve(name),
          folder.resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }
    for (String first : new String[] {"text_encoder", "tokenizer"}) {
      try (Stream<Path> files = Files.list(folder.resolve(first))) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder.resolve(first));
    }
    return folder;
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
