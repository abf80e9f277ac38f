package io.darkroom.testing;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.model.CheckpointFamily;
import io.darkroom.model.Component;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.Decoder;
import io.darkroom.network.TextEncoder;
import io.darkroom.network.TextEncoderConfig;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Writes Stable Diffusion's x4 upscaler in its published size with random weights: it takes the
 * time and the memory of the real one, and paints nothing. To measure the peak of the memory:
 *
 * <pre>{@code
 * mvn -o -B -q test-compile
 * java -cp target/test-classes:target/classes:LIBRARIES io.darkroom.testing.RandomUpscaler x4
 * systemd-run --user --scope -p MemoryMax=6G -p MemorySwapMax=0 \
 *   darkroom upscale -m x4 -p "a boat" --steps 2 small.png      # 512x512 becomes 2048x2048
 * }</pre>
 */
public final class RandomUpscaler {
  private static final CheckpointFamily FAMILY = CheckpointFamily.STABLE_DIFFUSION_UPSCALER;

  /** Any tokenizer will do whose numbers the text encoder knows. */
  private static final Path TOKENIZER = Path.of("models/scenes/tokenizer");

  private RandomUpscaler() {}

  /**
   * Writes the model.
   *
   * @param arguments the folder to make
   * @throws IOException if it cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    JsonObject index = new JsonObject();
    index.addProperty("_class_name", FAMILY.kind().pipeline());
    Files.createDirectories(folder.resolve("tokenizer"));
    Files.writeString(folder.resolve("model_index.json"), index.toString());
    for (String name : List.of("vocab.json", "merges.txt", "tokenizer_config.json")) {
      Files.copy(TOKENIZER.resolve(name), folder.resolve("tokenizer").resolve(name));
    }
    for (Component component : FAMILY.kind().configured()) {
      Path config = folder.resolve(component.config());
      Files.createDirectories(config.getParent());
      Files.writeString(config, FAMILY.settings(component).json().toString());
    }
    for (Component network : FAMILY.kind().networks()) {
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      shapes(network).forEach((name, shape) -> tensors.put(name, random(name, shape)));
      new SafetensorsWriter(StoredType.F16)
          .write(
              folder.resolve(network.folder()).resolve(network.weightsStem() + ".safetensors"),
              tensors,
              Map.of());
    }
  }

  private static Map<String, long[]> shapes(Component network) {
    JsonConfig settings = FAMILY.settings(network);
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Weights root = catalog.root();
    Script script = new Script(Precision.FLOAT32);
    switch (network) {
      case UNET -> new UNet(UNetConfig.parse(settings)).writeTo(root, script);
      case AUTOENCODER -> {
        Decoder decoder = Decoder.of(AutoencoderConfig.parse(settings));
        decoder.writeDecoderTo(root, script);
        decoder.claimOthers(root);
      }
      default ->
          new TextEncoder(TextEncoderConfig.parse(settings))
              .encodeToLast(root, script.method("encode").tensor("ids", 1));
    }
    return catalog.shapes();
  }

  /** So large that activations keep their size; norms are near one. */
  private static TensorData random(String name, long... shape) {
    long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    double deviation = shape.length == 1 ? 0.02 : Math.sqrt((double) shape[0] / count);
    double mean = shape.length == 1 && name.endsWith("weight") ? 1 : 0;
    return new TensorData(
        Arrays.stream(shape).boxed().toList(),
        () -> {
          Random random = new Random(name.hashCode());
          float[] values = new float[(int) count];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * (2 * random.nextFloat() - 1));
          }
          return values;
        });
  }
}
