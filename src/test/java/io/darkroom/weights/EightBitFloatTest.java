package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonObject;
import io.darkroom.testing.Golden;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.RawSafetensors;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against PyTorch's float8_e4m3fn and float8_e5m2. */
class EightBitFloatTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"F8_E4M3, bits.e4m3", "F8_E5M2, bits.e5m2"})
  void allCodesAreTheReferences(StoredType type, String golden) {
    long[] expected = Golden.open("tiny-sd1-fp8/codes.safetensors").longs(golden);
    short[] halves = EightBitFloat.halves(type);
    assertEquals(256, halves.length);
    for (int code = 0; code < 256; code++) {
      assertSameNumber(
          Float.intBitsToFloat((int) expected[code]), Half.toFloat(halves[code]), code);
    }
  }

  private static void assertSameNumber(float expected, float actual, int code) {
    if (Float.isNaN(expected)) {
      assertTrue(Float.isNaN(actual), code + " is " + actual);
    } else {
      assertEquals(
          Float.floatToRawIntBits(expected), Float.floatToRawIntBits(actual), "code " + code);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, float8_e4m3fn, bits.e4m3, safetensors",
    "F8_E5M2, float8_e5m2, bits.e5m2, safetensors",
    "F8_E4M3, float8_e4m3fn, bits.e4m3, ckpt",
    "F8_E5M2, float8_e5m2, bits.e5m2, ckpt"
  })
  void filesGiveAllCodes(String type, String torch, String golden, String ending)
      throws IOException {
    byte[] codes = new byte[256];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) i;
    }
    Path path = folder.resolve("codes." + ending);
    if (ending.equals("ckpt")) {
      PytorchWriter.write(
          path, Map.of("x", PytorchWriter.Tensor.typed(torch, codes, 1, 2, 128), "epoch", 1L));
    } else {
      new RawSafetensors().put("x", type, codes, 2, 128).write(path);
    }
    long[] expected = Golden.open("tiny-sd1-fp8/codes.safetensors").longs(golden);
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(StoredType.valueOf(type), file.types().get("x"));
      NDArray wide = file.load("x", manager);
      assertArrayEquals(new long[] {2, 128}, wide.getShape().getShape());
      assertEquals(DataType.FLOAT32, wide.getDataType());
      NDArray lent = file.lend("x", manager);
      assertEquals(DataType.FLOAT16, lent.getDataType());
      float[] widened = wide.toFloatArray();
      float[] once = lent.toType(DataType.FLOAT32, true).toFloatArray();
      for (int i = 0; i < codes.length; i++) {
        float number = Float.intBitsToFloat((int) expected[i]);
        assertSameNumber(number, widened[i], i);
        assertSameNumber(number, once[i], i);
      }
    }
  }

  /** Sums of every widened tensor, and some tensors whole. */
  @ParameterizedTest
  @CsvSource({"fp8_e4m3, 0", "fp8_e5m2, 1", "fp8_scaled, 2"})
  void everyWeightOfACheckpointIsTheReferences(String name, int column) throws IOException {
    JsonObject sums = Golden.json("tiny-sd1-fp8/sums.json");
    Golden some = Golden.open("tiny-sd1-fp8/" + name + ".safetensors");
    Path path = file(name, folder);
    int compared = 0;
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(0, file.shapes().keySet().stream().filter(n -> n.contains("scale")).count());
      for (String weight : sums.keySet()) {
        float[] values;
        try (NDArray array = file.load(weight, manager)) {
          values = array.toFloatArray();
        }
        assertEquals(
            sums.getAsJsonArray(weight).get(column).getAsString(),
            sha256(values).substring(0, 16),
            weight);
        if (some.names().contains("w." + weight)) {
          assertArrayEquals(some.floats("w." + weight), values, weight);
          compared++;
        }
      }
    }
    assertEquals(6, compared);
    assertEquals(982, sums.size());
  }

  private static String sha256(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static Path file(String name, Path folder) throws IOException {
    return name.equals("fp8_e5m2")
        ? TestModels.inFiveExponentBits(folder.resolve("e5m2.safetensors"))
        : TestModels.directory("tiny-sd1-fp8").resolve(name + ".safetensors");
  }

  @Test
  void halvesRoundToFiveExponentBitsAsTheReferenceDoes() {
    Golden codes = Golden.open("tiny-sd1-fp8/codes.safetensors");
    float[] numbers = codes.floats("to.in");
    long[] expected = codes.longs("to.e5m2");
    for (int i = 0; i < numbers.length; i++) {
      if (Half.toFloat(Half.fromFloat(numbers[i])) == numbers[i] && Math.abs(numbers[i]) < 57344) {
        assertEquals(
            expected[i],
            Byte.toUnsignedLong(TestModels.fiveExponentBits(Half.fromFloat(numbers[i]))),
            "of " + numbers[i]);
      }
    }
  }
}
