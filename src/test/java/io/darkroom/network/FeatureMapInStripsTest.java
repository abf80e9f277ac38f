package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the decoder that computes whole images, which is itself tested against diffusers. */
@Tag("slow")
class FeatureMapInStripsTest {
  /** Strips of two rows, of some, and one strip that is the whole picture. */
  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, 1",
    "tiny-sd1, 5000",
    "tiny-sd1, 8388608",
    "tiny-sd2, 1",
    "tiny-sdxl, 1",
    "scenes, 20000"
  })
  void thePictureIsThatOfWholeImages(String model, int strip) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load(model, manager, Precision.FLOAT32, strip)) {
      for (Shape shape : List.of(new Shape(1, 4, 9, 14), new Shape(2, 4, 16, 5))) {
        NDArray latents = manager.randomNormal(shape);
        byte[] whole = bytes(decoder, Autoencoder.DECODE_TO_BYTES, latents);
        byte[] strips = bytes(decoder, Autoencoder.DECODE_TO_BYTES_IN_STRIPS, latents);
        assertEquals(whole.length, strips.length);
        int different = 0;
        for (int i = 0; i < whole.length; i++) {
          int difference = Math.abs((whole[i] & 255) - (strips[i] & 255));
          assertTrue(difference <= 1, "at byte " + i + " they differ by " + difference);
          different += difference;
        }
        assertTrue(different <= whole.length / 1000, different + " of " + whole.length + " differ");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"tiny-sd1, 1", "tiny-sd1, 5000", "tiny-sd2, 8388608", "scenes, 20000"})
  void theLatentsAreThoseOfWholeImages(String model, int strip) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule encoder = load(model, manager, Precision.FLOAT32, strip)) {
      NDArray image = manager.randomUniform(-1, 1, new Shape(1, 3, 72, 40));
      NDArray noise = manager.randomNormal(new Shape(2, 4, 9, 5));
      float[] whole = latents(encoder, Autoencoder.SAMPLE_LATENTS, image, noise);
      float[] strips = latents(encoder, Autoencoder.SAMPLE_LATENTS_IN_STRIPS, image, noise);
      assertArrayEquals(whole, strips, 1e-4f);
    }
  }

  private static float[] latents(
      LoadedModule encoder, String method, NDArray image, NDArray noise) {
    NDArray latents = encoder.callForTensors(method, image, noise).get(0);
    assertEquals(noise.getShape(), latents.getShape());
    return latents.toFloatArray();
  }

  @ParameterizedTest
  @CsvSource({"BFLOAT16, BFLOAT16", "BFLOAT16, FLOAT32"})
  void halfPrecisionIsRoundedAlike(Precision.Format storage, Precision.Format compute) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load("scenes", manager, new Precision(storage, compute), 20000)) {
      NDArray latents = manager.randomNormal(new Shape(1, 4, 16, 16));
      byte[] whole = bytes(decoder, Autoencoder.DECODE_TO_BYTES, latents);
      byte[] strips = bytes(decoder, Autoencoder.DECODE_TO_BYTES_IN_STRIPS, latents);
      long sum = 0;
      for (int i = 0; i < whole.length; i++) {
        sum += Math.abs((whole[i] & 255) - (strips[i] & 255));
      }
      assertTrue(sum < whole.length, "the mean difference is " + (double) sum / whole.length);
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "8388608"})
  void whatIsNoNumberIsTold(int strip) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load("tiny-sd1", manager, Precision.FLOAT32, strip)) {
      NDArray broken = manager.full(new Shape(1, 4, 4, 4), Float.NaN);
      List<NDArray> results = decoder.callForTensors(Autoencoder.DECODE_TO_BYTES_IN_STRIPS, broken);
      assertFalse(results.get(1).getBoolean());
    }
  }

  private static byte[] bytes(LoadedModule decoder, String method, NDArray latents) {
    List<NDArray> results = decoder.callForTensors(method, latents);
    assertTrue(results.get(1).getBoolean());
    return results.get(0).toByteArray();
  }

  private static LoadedModule load(
      String model, NDManager manager, Precision precision, int strip) {
    Path directory =
        model.equals("scenes") ? Path.of("models", "scenes") : TestModels.directory(model);
    ModelSource source = ModelFiles.of(directory).open();
    Autoencoder autoencoder =
        new Autoencoder(AutoencoderConfig.parse(source.settings(Component.AUTOENCODER)));
    try (ComponentWeights weights = source.weights(Component.AUTOENCODER)) {
      Script script = new Script(precision);
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      autoencoder.writeDecoderTo(catalog.root(), script, strip);
      autoencoder.writeEncoderTo(catalog.root(), script, strip);
      return LoadedModule.load(script, manager, weights::lend);
    }
  }
}
