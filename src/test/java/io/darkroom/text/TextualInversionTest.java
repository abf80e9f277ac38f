package io.darkroom.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.PytorchWriter.Code;
import io.darkroom.testing.PytorchWriter.Tensor;
import io.darkroom.text.TextualInversion.Encoder;
import io.darkroom.text.TextualInversion.Vectors;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextualInversionTest {
  private static final int MUTATIONS = 2000;

  /**
   * The pickle of an embedding of the first trainer, whose vectors are in a ParameterDict, by
   * CPython 3 with the attributes that PyTorch 1.11 gives it.
   */
  private static final String PARAMETER_DICT =
      "gAJ9cQAoWA8AAABzdHJpbmdfdG9fdG9rZW5xAX1xAlgBAAAAKnEDY3RvcmNoLl91dGlscwpfcmVidWlsZF90ZW5z"
          + "b3JfdjIKcQQoKFgHAAAAc3RvcmFnZXEFY3RvcmNoCkxvbmdTdG9yYWdlCnEGWAEAAAAxcQdYAwAAAGNwdXEI"
          + "SwF0cQlRSwApKYljY29sbGVjdGlvbnMKT3JkZXJlZERpY3QKcQopUnELdHEMUnENc1gPAAAAc3RyaW5nX3Rv"
          + "X3BhcmFtcQ5jdG9yY2gubm4ubW9kdWxlcy5jb250YWluZXIKUGFyYW1ldGVyRGljdApxDymBcRB9cREoWAgA"
          + "AAB0cmFpbmluZ3ESiFgLAAAAX3BhcmFtZXRlcnNxE2gKKVJxFGgDY3RvcmNoLl91dGlscwpfcmVidWlsZF9w"
          + "YXJhbWV0ZXIKcRVoBCgoaAVjdG9yY2gKRmxvYXRTdG9yYWdlCnEWWAEAAAAwcRdoCEsGdHEYUUsASwJLA4Zx"
          + "GUsDSwGGcRqJaAopUnEbdHEcUnEdiGgKKVJxHodxH1JxIHNYCAAAAF9idWZmZXJzcSFoCilScSJYGwAAAF9u"
          + "b25fcGVyc2lzdGVudF9idWZmZXJzX3NldHEjY19fYnVpbHRpbl9fCnNldApxJF1xJYVxJlJxJ1gPAAAAX2Jh"
          + "Y2t3YXJkX2hvb2tzcShoCilScSlYFgAAAF9pc19mdWxsX2JhY2t3YXJkX2hvb2txKk5YDgAAAF9mb3J3YXJk"
          + "X2hvb2tzcStoCilScSxYEgAAAF9mb3J3YXJkX3ByZV9ob29rc3EtaAopUnEuWBEAAABfc3RhdGVfZGljdF9o"
          + "b29rc3EvaAopUnEwWBoAAABfbG9hZF9zdGF0ZV9kaWN0X3ByZV9ob29rc3ExaAopUnEyWAgAAABfbW9kdWxl"
          + "c3EzaAopUnE0dWJ1Lg==";

  @TempDir Path folder;

  // ---------------------------------------------------------------- forms

  @Test
  void theFormsOfTheWebUi() throws IOException {
    float[] values = random(2 * 32);
    Path safe = folder.resolve("a.safetensors");
    writeSafetensors(safe, Map.of("emb_params", TensorData.of(values, 2, 32)));
    assertOnly(32, values, TextualInversion.read(safe));

    Path zip = folder.resolve("a.pt");
    PytorchWriter.write(zip, webUi(values, 2, 32));
    assertOnly(32, values, TextualInversion.read(zip));
    assertNotEquals(TextualInversion.read(safe).hash(), TextualInversion.read(zip).hash());

    PytorchWriter.writeSequence(zip, webUi(values, 2, 32));
    assertOnly(32, values, TextualInversion.read(zip));

    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", Base64.getDecoder().decode(PARAMETER_DICT));
    entries.put("archive/data/0", Tensor.of(new float[] {1.5f, -2, 3, 4, 5, -6}, 6).numbers());
    entries.put("archive/data/1", new byte[Long.BYTES]);
    PytorchWriter.writeZip(zip, entries, ZipEntry.STORED);
    assertOnly(3, new float[] {1.5f, -2, 3, 4, 5, -6}, TextualInversion.read(zip));
  }

  @Test
  void theFormsOfDiffusers() throws IOException {
    float[] values = random(48);
    Path file = folder.resolve("learned_embeds.bin");
    PytorchWriter.write(file, Map.of("<cat-toy>", Tensor.of(values, 48)));
    assertOnly(48, values, TextualInversion.read(file));
    PytorchWriter.write(file, Map.of("<cat-toy>", Tensor.of(values, 3, 16)));
    assertOnly(16, values, TextualInversion.read(file));
    Path safe = folder.resolve("learned_embeds.safetensors");
    writeSafetensors(safe, Map.of("<cat-toy>", TensorData.of(values, 48)));
    assertOnly(48, values, TextualInversion.read(safe));
  }

  @Test
  void theFormsOfSdxl() throws IOException {
    float[] first = random(2 * 32);
    float[] second = random(2 * 48);
    Path safe = folder.resolve("xl.safetensors");
    writeSafetensors(
        safe,
        Map.of("clip_g", TensorData.of(second, 2, 48), "clip_l", TensorData.of(first, 2, 32)));
    Path zip = folder.resolve("xl.pt");
    PytorchWriter.write(
        zip, Map.of("clip_g", Tensor.of(second, 2, 48), "clip_l", Tensor.of(first, 2, 32)));
    for (Path file : new Path[] {safe, zip}) {
      TextualInversion read = TextualInversion.read(file);
      assertEquals(
          Map.of(Encoder.FIRST, new Vectors(32, first), Encoder.SECOND, new Vectors(48, second)),
          read.parts());
      assertEquals(new Vectors(32, first), read.vectors(Encoder.FIRST, 32));
      assertEquals(new Vectors(48, second), read.vectors(Encoder.SECOND, 48));
    }
  }

  @Test
  void halfPrecisionIsRead() throws IOException {
    byte[] halves = {0, 0x3c, 0, (byte) 0xc0}; // 1 and -2
    byte[] brains = {(byte) 0x80, 0x3f, 0, (byte) 0xc0};
    Path file = folder.resolve("half.pt");
    for (Map.Entry<String, byte[]> type :
        Map.of("HalfStorage", halves, "BFloat16Storage", brains).entrySet()) {
      PytorchWriter.write(
          file,
          Map.of(
              "x",
              new Tensor(type.getKey(), type.getValue(), 2, 0, new long[] {2}, new long[] {1})));
      assertOnly(2, new float[] {1, -2}, TextualInversion.read(file));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "easynegative.safetensors, easynegative",
    "bad.v1.5.pt, bad.v1.5",
    "My Style.BIN, My Style",
    "plain, plain",
    ".hidden, .hidden"
  })
  void theFilesNameWithoutItsEndingIsTheName(String file, String name) throws IOException {
    Path path = folder.resolve(file);
    PytorchWriter.write(path, Map.of("<other>", Tensor.of(random(8), 8)));
    TextualInversion read = TextualInversion.read(path);
    assertEquals(name, read.name());
    assertTrue(read.hash().matches("[0-9a-f]{12}"), read.hash());
    assertEquals("x", TextualInversion.read(new EmbeddingChoice("x", path)).name());
  }

  /** Whatever the numbers and the form, the bits come through. */
  @Test
  void theBitsComeThrough() throws IOException {
    Random random = new Random(20_260_104);
    Path file = folder.resolve("any");
    for (int round = 0; round < 100; round++) {
      int count = 1 + random.nextInt(75);
      int width = 1 + random.nextInt(64);
      float[] values = new float[count * width];
      for (int i = 0; i < values.length; i++) {
        do {
          values[i] = Float.intBitsToFloat(random.nextInt());
        } while (!Float.isFinite(values[i]));
      }
      switch (round % 4) {
        case 0 -> writeSafetensors(file, Map.of("emb_params", TensorData.of(values, count, width)));
        case 1 -> PytorchWriter.write(file, webUi(values, count, width));
        case 2 -> PytorchWriter.writeSequence(file, webUi(values, count, width));
        default -> PytorchWriter.write(file, Map.of("<x>", Tensor.of(values, count, width)));
      }
      Vectors read = TextualInversion.read(file).parts().get(Encoder.ONLY);
      assertEquals(count, read.count());
      assertEquals(width, read.width());
      assertArrayEquals(bits(values), bits(read.values()));
    }
  }

  // ---------------------------------------------------------------- what is none

  @Test
  void whatIsNoEmbeddingIsRefused() throws IOException {
    Path safe = folder.resolve("a.safetensors");
    writeSafetensors(safe, Map.of("a", TensorData.of(random(32), 32), "b", data(32)));
    assertRefused("is not an embedding: it contains 2 tensors", safe);
    writeSafetensors(safe, Map.of("a", data(1, 2, 32)));
    assertRefused("has the shape [1, 2, 32]", safe);
    writeSafetensors(safe, Map.of("clip_l_out", data(1, 32), "clip_g_out", data(1, 48)));
    assertRefused("is an output embedding (OneTrainer's, clip_", safe);
    Map<String, TensorData> both = new LinkedHashMap<>();
    both.put("clip_l", data(1, 32));
    both.put("clip_l_out", data(1, 32));
    writeSafetensors(safe, both);
    assertEquals(
        Set.of(TextualInversion.Encoder.FIRST), TextualInversion.read(safe).parts().keySet());
    writeSafetensors(safe, Map.of("clip_l", data(1, 32), "clip_g", data(1, 48), "t5xxl", data(9)));
    assertRefused("is an embedding for another family than Stable Diffusion 1, 2 and XL", safe);
    writeSafetensors(safe, Map.of("clip_l", data(2, 32), "clip_g", data(3, 48)));
    assertRefused("has 2 vectors in clip_l, but 3 in clip_g", safe);
    writeSafetensors(safe, Map.of());
    assertRefused("is not an embedding: it contains 0 tensors", safe);
    assertRefused("there is no such file", folder.resolve("x.pt"));
    Files.write(safe, new byte[0]);
    assertRefused("a.safetensors", safe);
    Files.write(safe, new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 26, '\n', 0, 0, 0, 13});
    assertRefused("is a picture, not a file of weights", safe);
    assertRefused("is a directory", folder);
  }

  @Test
  void filesOfPyTorchThatAreNoEmbeddingAreRefused() throws IOException {
    Path file = folder.resolve("a.pt");
    Map<String, Object> words = new LinkedHashMap<>();
    words.put("*", Tensor.of(random(8), 1, 8));
    words.put("@", Tensor.of(random(8), 1, 8));
    PytorchWriter.write(file, Map.of("string_to_param", words));
    assertRefused("contains 2 embeddings", file);
    PytorchWriter.write(file, Map.of("string_to_param", Map.of()));
    assertRefused("contains no weights", file);
    PytorchWriter.write(file, Map.of());
    assertRefused("contains no weights", file);
    PytorchWriter.write(file, Map.of("<x>", Tensor.of(new float[0], 0, 8)));
    assertRefused("has the shape [0, 8]", file);
    PytorchWriter.write(file, Map.of("<x>", Tensor.of(new float[] {1})));
    assertRefused("has the shape []", file);
    byte[] whole = {1, 0, 0, 0, 0, 0, 0, 0};
    long[] one = {1};
    PytorchWriter.write(file, Map.of("<x>", new Tensor("LongStorage", whole, 8, 0, one, one)));
    assertRefused("contains no floating-point numbers", file);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNoNumberIsRefused(float value) throws IOException {
    float[] values = random(16);
    values[11] = value;
    Path file = folder.resolve("a.pt");
    PytorchWriter.write(file, webUi(values, 2, 8));
    assertRefused("contains values that are not numbers", file);
    writeSafetensors(file, Map.of("clip_l", data(2, 8), "clip_g", TensorData.of(values, 2, 8)));
    assertRefused("contains values that are not numbers", file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cos\nsystem\n", "c__builtin__\neval\n", "cnt\nsystem\n"})
  void noFileIsRun(String call) throws IOException {
    Path file = folder.resolve("style.pt");
    Map<String, Object> content = webUi(random(8), 1, 8);
    content.put("name", new Code(call + "(X\4\0\0\0exittR"));
    PytorchWriter.write(file, content);
    assertRefused("which may run code", file);
    PytorchWriter.writeSequence(file, content);
    assertRefused("which may run code", file);
  }

  @Test
  void damagedFilesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(20_260_105);
    Path file = folder.resolve("style.pt");
    int refused = 0;
    for (boolean zip : new boolean[] {true, false}) {
      if (zip) {
        PytorchWriter.write(file, webUi(random(6), 2, 3));
      } else {
        PytorchWriter.writeSequence(file, webUi(random(6), 2, 3));
      }
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] damaged = whole.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        Files.write(file, damaged);
        refused += isRefused(file) ? 1 : 0;
      }
    }
    assertTrue(refused > MUTATIONS, refused + " refused");
  }

  private static boolean isRefused(Path file) throws IOException {
    try {
      Vectors read = TextualInversion.read(file).parts().values().iterator().next();
      for (float value : read.values()) {
        assertTrue(Float.isFinite(value));
      }
      return false;
    } catch (ModelException expected) {
      assertEquals(1, expected.getMessage().lines().count(), expected.getMessage());
      return true;
    } catch (RuntimeException | Error unexpected) {
      return fail("for " + Arrays.toString(Files.readAllBytes(file)), unexpected);
    }
  }

  // ---------------------------------------------------------------- families

  @Test
  void anEmbeddingOfAnotherFamilyIsRefusedByItsName() throws IOException {
    Path file = folder.resolve("style.safetensors");
    writeSafetensors(file, Map.of("emb_params", data(2, 768)));
    TextualInversion one = TextualInversion.read(file);
    assertUnfit(
        "is an embedding for models of one text encoder, 768 wide (as in Stable Diffusion 1.x);"
            + " this model has Stable Diffusion XL's two, which need both clip_l and clip_g",
        one,
        Encoder.FIRST,
        768);
    assertUnfit(
        "the embedding is 768 wide (as in Stable Diffusion 1.x), but the model's text encoder 1024"
            + " (as in Stable Diffusion 2.x); use it with a model of its own family",
        one,
        Encoder.ONLY,
        1024);
    writeSafetensors(file, Map.of("clip_l", data(1, 768), "clip_g", data(1, 1280)));
    assertUnfit(
        "is an embedding for Stable Diffusion XL's two text encoders; this model has one text"
            + " encoder; use an embedding of its own family",
        TextualInversion.read(file),
        Encoder.ONLY,
        768);
    writeSafetensors(file, Map.of("clip_g", data(1, 1280)));
    TextualInversion second = TextualInversion.read(file);
    for (Encoder encoder : new Encoder[] {Encoder.ONLY, Encoder.FIRST}) {
      assertUnfit(
          "is an embedding for Stable Diffusion XL's second text encoder alone (clip_g); this"
              + " model",
          second,
          encoder,
          1280);
    }
    writeSafetensors(file, Map.of("clip_l", data(1, 768)));
    TextualInversion first = TextualInversion.read(file);
    assertUnfit(
        "is an embedding for Stable Diffusion XL's first text encoder alone (clip_l); this model",
        first,
        Encoder.SECOND,
        1280);
    // SDXL's first text encoder is that of Stable Diffusion 1.
    assertEquals(768, first.vectors(Encoder.ONLY, 768).width());
  }

  private static void assertUnfit(
      String says, TextualInversion embedding, Encoder encoder, int width) {
    String message =
        assertThrows(ModelException.class, () -> embedding.vectors(encoder, width)).getMessage();
    assertTrue(message.startsWith(embedding.source() + ": " + says), message);
    assertEquals(1, message.lines().count());
  }

  // ---------------------------------------------------------------- helpers

  private static void assertOnly(int width, float[] values, TextualInversion read) {
    assertEquals(Map.of(Encoder.ONLY, new Vectors(width, values)), read.parts());
  }

  private static void assertRefused(String says, Path file) {
    String message =
        assertThrows(ModelException.class, () -> TextualInversion.read(file)).getMessage();
    assertTrue(message.contains(says), message);
    assertTrue(message.startsWith(file.toString()), message);
    assertEquals(1, message.lines().count(), message);
  }

  /** A file as AUTOMATIC1111's web UI saves it. */
  private static Map<String, Object> webUi(float[] values, long... shape) {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("string_to_token", Map.of("*", 265));
    content.put("string_to_param", Map.of("*", Tensor.of(values, shape)));
    content.put("name", "another name");
    content.put("step", 5000);
    content.put("sd_checkpoint", "45dee52b");
    content.put("sd_checkpoint_name", new Code("N"));
    return content;
  }

  private static void writeSafetensors(Path file, Map<String, TensorData> tensors)
      throws IOException {
    new SafetensorsWriter(StoredType.F32).write(file, new LinkedHashMap<>(tensors), Map.of());
  }

  private static TensorData data(long... shape) {
    return TensorData.of(random((int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)), shape);
  }

  private static float[] random(int count) {
    Random random = new Random(count);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static byte[] bits(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
