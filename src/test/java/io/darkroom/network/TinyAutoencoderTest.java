package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.model.ComponentWeights;
import io.darkroom.testing.TinyDecoder;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.weights.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against plain loops over the layers that {@code taesd.py} lists. */
class TinyAutoencoderTest {
  private static final double TOLERANCE = 1e-5;
  private static final TinyAutoencoderConfig PUBLISHED =
      new TinyAutoencoderConfig(4, 64, List.of(3, 3, 3, 1), 1, 0);
  private static final int HEIGHT = 3;
  private static final int WIDTH = 5;

  @TempDir private Path folder;
  private float[] latents;

  @BeforeEach
  void prepare() {
    latents = new float[2 * 4 * HEIGHT * WIDTH];
    Random random = new Random(2);
    for (int i = 0; i < latents.length; i++) {
      latents[i] = (float) (3 * random.nextGaussian()); // so that the clamp counts
    }
  }

  @Test
  void decodesAsPlainLoopsDo() throws IOException {
    assertDecodesAsPlainLoops(TinyDecoder.published(), PUBLISHED, latents);
  }

  @Test
  void theConfigsBlocksAndChannelsAreHonoured() throws IOException {
    TinyDecoder plain =
        new TinyDecoder(
            List.of(
                "clamp",
                "first",
                "relu",
                "block",
                "up",
                "convolution",
                "up",
                "convolution",
                "block",
                "block",
                "last"),
            4,
            16,
            3);
    TinyAutoencoderConfig config = new TinyAutoencoderConfig(4, 16, List.of(1, 0, 2), 2, 0.25);
    float[] unscaled = new float[latents.length];
    for (int i = 0; i < latents.length; i++) {
      unscaled[i] = latents[i] / 2 + 0.25f;
    }
    assertEquals(4, config.vaeScaleFactor());
    assertDecodesAsPlainLoops(plain, config, unscaled);
  }

  private void assertDecodesAsPlainLoops(
      TinyDecoder plain, TinyAutoencoderConfig config, float[] unscaled) throws IOException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load(plain, config, manager, Precision.FLOAT32)) {
      NDArray images = decoder.callForTensor(Autoencoder.DECODE, latents(manager));
      int factor = config.vaeScaleFactor();
      assertEquals(
          new Shape(2, 3, (long) factor * HEIGHT, (long) factor * WIDTH), images.getShape());
      for (int picture = 0; picture < 2; picture++) {
        float[] expected = signed(plain.decode(image(unscaled, picture)));
        assertClose("picture " + picture, expected, images.get(picture), TOLERANCE);
      }
    }
  }

  @Test
  void theBytesAreThoseOfTheImage() throws IOException {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder =
            load(TinyDecoder.published(), PUBLISHED, manager, Precision.FLOAT32)) {
      NDArray image = decoder.callForTensor(Autoencoder.DECODE, latents(manager));
      List<NDArray> decoded = decoder.callForTensors(Autoencoder.DECODE_TO_BYTES, latents(manager));
      assertEquals(new Shape(2, 24, 40, 3), decoded.get(0).getShape());
      assertTrue(decoded.get(1).getBoolean());
      NDArray expected = image.transpose(0, 2, 3, 1).mul(0.5).add(0.5).clip(0, 1).mul(255).round();
      assertArrayEquals(
          expected.toType(DataType.UINT8, true).toByteArray(), decoded.get(0).toByteArray());

      NDArray broken = manager.full(new Shape(1, 4, 2, 2), Float.NaN);
      assertFalse(decoder.callForTensors(Autoencoder.DECODE_TO_BYTES, broken).get(1).getBoolean());
    }
  }

  @Test
  void aSmallerPictureIsThatOfAveragedLatents() throws IOException {
    TinyDecoder plain = TinyDecoder.published();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load(plain, PUBLISHED, manager, Precision.FLOAT32)) {
      float[] large = new float[4 * 4 * 6];
      float[][] small = new float[4][2 * 3];
      Random random = new Random(5);
      for (int i = 0; i < large.length; i++) {
        large[i] = (float) random.nextGaussian();
        small[i / 24][i % 24 / 6 / 2 * 3 + i % 6 / 2] += large[i] / 4;
      }
      byte[] bytes = smaller(decoder, manager.create(large, new Shape(1, 4, 4, 6)), 2, 3);
      float[] expected = signed(plain.decode(new TinyDecoder.Image(small, 2, 3)));
      int pixels = 16 * 24;
      assertEquals(3 * pixels, bytes.length);
      for (int i = 0; i < expected.length; i++) {
        double level = 255 * Math.min(1, Math.max(0, expected[i] / 2 + 0.5));
        int actual = Byte.toUnsignedInt(bytes[i % pixels * 3 + i / pixels]);
        assertEquals(level, actual, 0.51, "value " + i);
      }
    }
  }

  private static byte[] smaller(LoadedModule decoder, NDArray latents, long height, long width) {
    try (EngineValue x = EngineValue.of(latents);
        EngineValue rows = EngineValue.of(height);
        EngineValue columns = EngineValue.of(width);
        EngineValue result = decoder.call(TinyAutoencoder.DECODE_SMALLER, x, rows, columns)) {
      return result.tensor(latents.getManager()).toByteArray();
    }
  }

  @Test
  void weightsOfHalfThePrecisionGiveNearlyTheSame() throws IOException {
    TinyDecoder plain = TinyDecoder.published();
    Precision precision = new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        LoadedModule decoder = load(plain, PUBLISHED, manager, precision)) {
      NDArray image = decoder.callForTensor(Autoencoder.DECODE, latents(manager)).get(0);
      float[] expected = signed(plain.decode(image(latents, 0)));
      assertClose("stored as bfloat16", expected, image, 0.05);
    }
  }

  private NDArray latents(NDManager manager) {
    return manager.create(latents, new Shape(2, 4, HEIGHT, WIDTH));
  }

  private static TinyDecoder.Image image(float[] values, int picture) {
    float[][] planes = new float[4][HEIGHT * WIDTH];
    for (int channel = 0; channel < 4; channel++) {
      int from = (4 * picture + channel) * HEIGHT * WIDTH;
      System.arraycopy(values, from, planes[channel], 0, HEIGHT * WIDTH);
    }
    return new TinyDecoder.Image(planes, HEIGHT, WIDTH);
  }

  /** Black -1 and white 1, plane after plane. */
  private static float[] signed(TinyDecoder.Image image) {
    int pixels = image.height() * image.width();
    float[] values = new float[3 * pixels];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * image.planes()[i / pixels][i % pixels] - 1;
    }
    return values;
  }

  private LoadedModule load(
      TinyDecoder plain, TinyAutoencoderConfig config, NDManager manager, Precision precision)
      throws IOException {
    Path file = plain.diffusersFile(folder.resolve("tiny.safetensors"));
    try (ComponentWeights weights = new ComponentWeights(SafetensorsFile.open(file))) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(precision);
      TinyAutoencoder network = new TinyAutoencoder(config);
      network.writeDecoderTo(catalog.root(), script);
      network.writePreviewTo(catalog.root(), script);
      catalog.requireAllUsed(network::isLeftover);
      return LoadedModule.load(script, manager, weights::load);
    }
  }
}
