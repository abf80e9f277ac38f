package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.testing.Golden;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Against diffusers 0.31's {@code VQModel}: without attention beside the middle (tiny-ldm-sr), and
 * with attention at a level and codes of fewer channels than the encoder gives (tiny-vq-attn).
 */
class VqAutoencoderTest {
  private static final double TOLERANCE = 1e-4;

  private static TinyNetwork network(String model) {
    return model.equals("tiny-vq-attn")
        ? new TinyNetwork(".", model)
        : new TinyNetwork(model, "vqvae");
  }

  private static LoadedModule load(String model, NDManager manager, Precision precision) {
    VqAutoencoder vq = new VqAutoencoder(VqAutoencoderConfig.parse(network(model).config()));
    return network(model)
        .load(
            manager,
            precision,
            (w, script) -> {
              vq.writeEncoderTo(w, script);
              vq.writeDecoderTo(w, script, 512); // strips of a few rows
            });
  }

  @ParameterizedTest
  @CsvSource({"tiny-ldm-sr, a", "tiny-ldm-sr, b", "tiny-vq-attn, a", "tiny-vq-attn, b"})
  void encodesQuantisesAndDecodesAsTheReferenceDoes(String model, String name) {
    Golden golden = Golden.open(model + "/vqmodel.safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        LoadedModule vq = load(model, manager, Precision.FLOAT32)) {
      NDArray latents =
          vq.callForTensor(
              VqAutoencoder.ENCODE, image(model + "/vqmodel." + name + ".png", manager));
      String prefix = "enc." + name + ".";
      assertEquals(new Shape(golden.shape(prefix + "latents")), latents.getShape());
      assertClose(name + " latents", golden.floats(prefix + "latents"), latents, TOLERANCE);

      NDArray reference = golden.array(prefix + "latents", manager);
      List<NDArray> codes = vq.callForTensors(VqAutoencoder.QUANTISE, reference);
      assertArrayEquals(golden.longs(prefix + "indices"), codes.get(0).toLongArray());
      assertClose(name + " codes", golden.floats(prefix + "quantised"), codes.get(1), TOLERANCE);

      NDArray image = vq.callForTensor(Autoencoder.DECODE, reference);
      assertClose(name + " decoded", golden.floats(prefix + "decoded"), image, TOLERANCE);
      List<NDArray> whole = vq.callForTensors(Autoencoder.DECODE_TO_BYTES, reference);
      List<NDArray> strips = vq.callForTensors(Autoencoder.DECODE_TO_BYTES_IN_STRIPS, reference);
      assertTrue(whole.get(1).getBoolean());
      assertTrue(strips.get(1).getBoolean());
      assertNearlyEqual(whole.get(0).toByteArray(), strips.get(0).toByteArray());
      NDArray broken = reference.mul(Float.NaN);
      assertFalse(vq.callForTensors(Autoencoder.DECODE_TO_BYTES, broken).get(1).getBoolean());
    }
  }

  /** Strips sum up in another order. */
  private static void assertNearlyEqual(byte[] expected, byte[] actual) {
    assertEquals(expected.length, actual.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i] & 0xFF, actual[i] & 0xFF, 1, "value " + i);
    }
  }

  @Test
  void picturesOfABatchAreDecodedAlike() {
    Golden golden = Golden.open("tiny-ldm-sr/vqmodel.safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        LoadedModule vq = load("tiny-ldm-sr", manager, Precision.FLOAT32)) {
      NDArray latents = golden.array("dec.latents", manager);
      assertClose(
          "batch",
          golden.floats("dec.image"),
          vq.callForTensor(Autoencoder.DECODE, latents),
          TOLERANCE);
      NDArray indices = vq.callForTensors(VqAutoencoder.QUANTISE, latents).get(0);
      assertArrayEquals(golden.longs("dec.indices"), indices.toLongArray());
    }
  }

  @Test
  void codesAreLookedUpInFloat32WhateverTheArithmetic() {
    Golden golden = Golden.open("tiny-ldm-sr/vqmodel.safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        LoadedModule vq =
            load(
                "tiny-ldm-sr",
                manager,
                new Precision(Precision.Format.FLOAT16, Precision.Format.FLOAT32))) {
      NDArray indices =
          vq.callForTensors(VqAutoencoder.QUANTISE, golden.array("dec.latents", manager)).get(0);
      assertArrayEquals(golden.longs("dec.indices"), indices.toLongArray()); // stored as float16
    }
  }

  @Test
  void theCostIsCounted() {
    VqAutoencoderConfig config =
        new VqAutoencoderConfig(
            3, 3, 8192, List.of(128, 256, 512), 2, 32, true, Set.of(), Set.of());
    Script script = new Script(Precision.FLOAT32);
    new VqAutoencoder(config).writeDecoderTo(WeightCatalog.ofNewModel().root(), script);
    OperationCounter counter = new OperationCounter(script);
    Listed results = (Listed) counter.count(VqAutoencoder.QUANTISE, Shaped.of(4, 1, 3, 16, 8));
    assertEquals(List.of(Shaped.of(8, 1, 16, 8), Shaped.of(4, 1, 3, 16, 8)), results.elements());
    assertEquals(
        2L * 16 * 8 * 8192 * 3,
        counter.costs().stream().mapToLong(cost -> cost.operations()).sum());
    Listed bytes =
        (Listed)
            new OperationCounter(script)
                .count(Autoencoder.DECODE_TO_BYTES, Shaped.of(4, 1, 3, 16, 8));
    assertEquals(Shaped.of(1, 1, 64, 32, 3), bytes.elements().get(0));
  }

  @Test
  void theConfigIsRead() {
    VqAutoencoderConfig attentive = VqAutoencoderConfig.parse(network("tiny-vq-attn").config());
    assertEquals(
        new VqAutoencoderConfig(3, 4, 32, List.of(16, 24), 1, 8, true, Set.of(1), Set.of(0)),
        attentive);
    assertEquals(2, attentive.vaeScaleFactor());
    assertFalse(attentive.forceUpcast());
    VqAutoencoderConfig plain =
        (VqAutoencoderConfig) DecoderConfig.parse(network("tiny-ldm-sr").config());
    assertEquals(
        new VqAutoencoderConfig(3, 3, 48, List.of(16, 32, 32), 2, 8, true, Set.of(), Set.of()),
        plain);
    assertEquals(4, plain.vaeScaleFactor());
    for (String wrong :
        List.of(
            "norm_type: spatial",
            "num_vq_embeddings: 0",
            "act_fn: relu",
            "down_block_types: [X, X, X]",
            "block_out_channels: [16, 32]")) {
      assertThrows(
          ModelException.class,
          () -> VqAutoencoderConfig.parse(network("tiny-ldm-sr").configWith(wrong)),
          wrong);
    }
  }

  private static NDArray image(String name, NDManager manager) {
    RgbImage image;
    try {
      image = new PngReader(new ByteArrayInputStream(Golden.bytes(name))).read().image();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    float[] values = new float[image.rgb().length];
    int pixels = image.width() * image.height();
    for (int i = 0; i < values.length; i++) {
      values[i % 3 * pixels + i / 3] = (image.rgb()[i] & 0xFF) / 127.5f - 1;
    }
    return manager.create(values, new Shape(1, 3, image.height(), image.width()));
  }
}
