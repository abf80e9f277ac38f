package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.RawSafetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScaledWeightsTest {
  /** 1, 1.5, -2, 0.5 as F8_E4M3. */
  private static final byte[] CODES = {0x38, 0x3c, (byte) 0xc0, 0x30};

  private static final float[] UNSCALED = {0.1f, 0.1f * 1.5f, 0.1f * -2, 0.1f * 0.5f};

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "scale_weight, scale_input, scaled_fp8, 0",
    "scale_weight, scale_input, scaled_fp8, 1",
    "scale_weight, scale_input, model.diffusion_model.scaled_fp8, 2",
    "weight_scale, input_scale, layer.comfy_quant, 0",
    "weight_scale, input_scale, layer.comfy_quant, 1"
  })
  void aWeightIsMultipliedByItsScale(String scale, String input, String mark, int dimensions)
      throws IOException {
    long[] ones = new long[dimensions];
    Arrays.fill(ones, 1);
    Path path =
        new RawSafetensors()
            .put("layer.weight", "F8_E4M3", CODES, 2, 2)
            .floats("layer." + scale, new float[] {0.1f}, ones)
            .floats("layer." + input, new float[] {7}, ones)
            .floats("layer.bias", new float[] {3, 4}, 2)
            .put(mark, "U8", "{\"format\": \"float8_e4m3fn\"}".getBytes(StandardCharsets.UTF_8), 27)
            .write(folder.resolve("scaled.safetensors"));
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.of("layer.weight", "layer.bias"), List.copyOf(file.shapes().keySet()));
      assertEquals(file.shapes().keySet(), file.types().keySet());
      for (NDArray array :
          List.of(file.load("layer.weight", manager), file.lend("layer.weight", manager))) {
        assertEquals(DataType.FLOAT32, array.getDataType());
        assertArrayEquals(new long[] {2, 2}, array.getShape().getShape());
        assertArrayEquals(UNSCALED, array.toFloatArray());
      }
      assertArrayEquals(new float[] {3, 4}, file.load("layer.bias", manager).toFloatArray());
    }
  }

  @Test
  void aFileOfPytorchMayBeScaledToo() throws IOException {
    Map<String, Object> content = new LinkedHashMap<>();
    content.put("layer.weight", PytorchWriter.Tensor.typed("float8_e4m3fn", CODES, 1, 4));
    content.put("layer.scale_weight", PytorchWriter.Tensor.of(new float[] {0.1f}));
    content.put("scaled_fp8", PytorchWriter.Tensor.typed("float8_e4m3fn", new byte[0], 1, 0));
    Path path = folder.resolve("scaled.ckpt");
    PytorchWriter.write(path, content);
    try (WeightsFile file = WeightsFormat.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertEquals(List.of("layer.weight"), List.copyOf(file.shapes().keySet()));
      assertArrayEquals(UNSCALED, file.load("layer.weight", manager).toFloatArray());
    }
  }

  @Test
  void aScaleWithoutAWeightIsNotPassedOver() throws IOException {
    Path path =
        new RawSafetensors()
            .floats("layer.scale_weight", new float[] {2})
            .floats("other.weight", new float[] {1}, 1)
            .write(folder.resolve("odd.safetensors"));
    try (WeightsFile file = WeightsFormat.open(path)) {
      assertEquals(
          List.of("layer.scale_weight", "other.weight"), List.copyOf(file.shapes().keySet()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, 2, layer.weight_scale", // a number for each row
    "F8_E4M3, 4, layer.weight_scale", // for each block
    "U8, 1, layer.weight", // two numbers of four bits in a byte
    "I8, 1, layer.weight"
  })
  void otherWaysToQuantiseAreRefusedByName(String type, int scales, String named)
      throws IOException {
    Path path =
        new RawSafetensors()
            .put("layer.comfy_quant", "U8", new byte[] {'{', '}'}, 2)
            .put("layer.weight", type, CODES, 4)
            .floats("layer.weight_scale", new float[scales], scales)
            .write(folder.resolve("other.safetensors"));
    String message =
        assertThrows(ModelException.class, () -> WeightsFormat.open(path)).getMessage();
    assertTrue(
        message.startsWith(
            path + ": is quantised in a way that Darkroom does not support, see " + named + ";"),
        message);
    assertEquals(1, message.lines().count());
  }

  /** As the other damaged files: refused in one line, or read. */
  @Test
  void damagedFilesAreRefusedOrHarmless() throws IOException {
    Random random = new Random(8);
    Path path =
        new RawSafetensors()
            .put("a.weight", "F8_E5M2", CODES, 4)
            .floats("a.scale_weight", new float[] {2})
            .put("b.weight", "F8_E4M3", CODES, 2, 2)
            .floats("b.weight_scale", new float[] {2}, 1)
            .put("b.comfy_quant", "U8", new byte[] {'{', '}'}, 2)
            .put("scaled_fp8", "F8_E4M3", new byte[2], 2)
            .put("x", "F4", new byte[3], 6)
            .write(folder.resolve("whole.safetensors"));
    byte[] whole = Files.readAllBytes(path);
    int read = 0;
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      for (int i = 0; i < 3000; i++) {
        byte[] damaged = whole.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
          damaged[8 + random.nextInt(whole.length - 8)] = (byte) (32 + random.nextInt(96));
        }
        Files.write(path, damaged);
        read += readOrRefused(path, manager);
      }
    }
    assertTrue(read > 100, read + " read");
  }

  private static int readOrRefused(Path path, NDManager manager) throws IOException {
    try (WeightsFile file = WeightsFormat.open(path)) {
      for (String name : file.shapes().keySet()) {
        try (NDManager own = manager.newSubManager()) {
          file.load(name, own);
          file.lend(name, own);
        } catch (ModelException otherType) {
          assertEquals(1, otherType.getMessage().lines().count());
        }
      }
      return 1;
    } catch (ModelException refused) {
      assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
      return 0;
    }
  }
}
