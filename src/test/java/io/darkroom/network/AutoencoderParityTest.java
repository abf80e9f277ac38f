package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against diffusers 0.31's {@code AutoencoderKL}, for a square and for a size that is not. The
 * weights of tiny-inpaint are BF16 under the attention's older names.
 */
class AutoencoderParityTest {
  private static final double TOLERANCE = TestDevice.tolerance(1e-4);
  private static final List<String> CASES = List.of("a", "b");

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint", "tiny-sdxl"})
  void decodesAsTheReferenceDoes(String model) {
    Golden golden = Golden.open(model + "/vae.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule autoencoder = load(model, manager, TestDevice.precision())) {
      for (String name : CASES) {
        NDArray image =
            autoencoder.callForTensor(
                Autoencoder.DECODE, latents(golden, name, manager, scalingFactor(model)));
        assertEquals(new Shape(golden.shape("dec." + name + ".image")), image.getShape());
        assertClose(
            model + " decoder " + name, golden.floats("dec." + name + ".image"), image, TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint", "tiny-sdxl"})
  void encodesAsTheReferenceDoes(String model) throws IOException {
    Golden golden = Golden.open(model + "/vae.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule autoencoder = load(model, manager, TestDevice.precision())) {
      for (String name : CASES) {
        NDArray image = image(model + "/enc." + name + ".png", manager);
        List<NDArray> posterior = autoencoder.callForTensors(Autoencoder.ENCODE, image);
        assertClose(
            model + " encoder mean " + name,
            golden.floats("enc." + name + ".mean"),
            posterior.get(0),
            TOLERANCE);
        assertClose(
            model + " encoder log variance " + name,
            golden.floats("enc." + name + ".logvar"),
            posterior.get(1),
            TOLERANCE);
      }
    }
  }

  @Test
  void theBytesAreThoseOfTheImage() {
    Golden golden = Golden.open("tiny-sd1/vae.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule autoencoder = load("tiny-sd1", manager, TestDevice.precision())) {
      NDArray latents = latents(golden, "b", manager);
      NDArray image = autoencoder.callForTensor(Autoencoder.DECODE, latents);
      List<NDArray> decoded = autoencoder.callForTensors(Autoencoder.DECODE_TO_BYTES, latents);
      NDArray bytes = decoded.get(0);
      assertEquals(new Shape(2, 40, 56, 3), bytes.getShape());
      assertTrue(decoded.get(1).getBoolean());
      NDArray expected = image.transpose(0, 2, 3, 1).mul(0.5).add(0.5).clip(0, 1).mul(255).round();
      assertArrayEquals(expected.toType(DataType.UINT8, true).toByteArray(), bytes.toByteArray());

      NDArray broken = manager.full(new Shape(1, 4, 2, 2), Float.NaN);
      assertFalse(
          autoencoder.callForTensors(Autoencoder.DECODE_TO_BYTES, broken).get(1).getBoolean());
    }
  }

  @Test
  void weightsOfHalfThePrecisionGiveNearlyTheSame() {
    Golden golden = Golden.open("tiny-sd1/vae.safetensors");
    Precision precision = new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule autoencoder = load("tiny-sd1", manager, precision)) {
      NDArray image = autoencoder.callForTensor(Autoencoder.DECODE, latents(golden, "a", manager));
      assertClose("stored as bfloat16", golden.floats("dec.a.image"), image, 0.05);
    }
  }

  /** The reference's latents are those of the autoencoder; the decoder takes the U-Net's. */
  private static NDArray latents(Golden golden, String name, NDManager manager) {
    return latents(golden, name, manager, 0.18215);
  }

  private static NDArray latents(
      Golden golden, String name, NDManager manager, double scalingFactor) {
    return golden.array("dec." + name + ".latent", manager).mul(scalingFactor);
  }

  private static double scalingFactor(String model) {
    return model.equals("tiny-sdxl") ? 0.13025 : 0.18215;
  }

  private static NDArray image(String png, NDManager manager) throws IOException {
    RgbImage image = new PngReader(new ByteArrayInputStream(Golden.bytes(png))).read().image();
    float[] values = new float[image.rgb().length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(image.rgb()[i]) / 255f * 2 - 1;
    }
    return manager
        .create(values, new Shape(1, image.height(), image.width(), 3))
        .transpose(0, 3, 1, 2);
  }

  private static LoadedModule load(String model, NDManager manager, Precision precision) {
    TinyNetwork network = new TinyNetwork(model, "vae");
    Autoencoder autoencoder = new Autoencoder(AutoencoderConfig.parse(network.config()));
    return network.load(
        manager,
        precision,
        (w, script) -> {
          autoencoder.writeDecoderTo(w, script);
          autoencoder.writeEncoderTo(w, script);
        });
  }
}
