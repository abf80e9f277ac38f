package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightPackerTest {
  /** More than are converted together. */
  private static final int COUNT = 600_000;

  private static final Shape MATRIX = new Shape(3, 200_000);
  private static final Shape KERNEL = new Shape(60, 2500, 2, 2);

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  /** All numbers of the format, subnormal ones among them, but the infinite ones and NaN. */
  @ParameterizedTest
  @EnumSource
  void float16IsRoundedToTheNearest(Precision.Format format) {
    NDArray stored = manager.create(patterns(0x7c00), MATRIX, DataType.FLOAT16);
    float[] values = stored.toType(DataType.FLOAT32, true).toFloatArray();
    assertPacked(rounded(values, format), stored, MATRIX, format);
    assertPacked(rounded(values, format), stored.reshape(KERNEL), KERNEL, format);
  }

  /** DJL has no arrays of it: what comes is bytes. */
  @ParameterizedTest
  @EnumSource
  void bfloat16IsRoundedToTheNearest(Precision.Format format) {
    ByteBuffer bytes = patterns(0x7f80);
    float[] values = new float[COUNT];
    for (int i = 0; i < COUNT; i++) {
      values[i] = Float.intBitsToFloat(bytes.getShort(2 * i) << Short.SIZE);
    }
    NDArray stored = manager.create(bytes, new Shape(COUNT, 2), DataType.UINT8);
    Shape line = new Shape(COUNT);
    assertPacked(rounded(values, format), stored, line, format);
    assertPacked(rounded(values, format), stored.reshape(MATRIX.add(2)), MATRIX, format);
    assertPacked(rounded(values, format), stored.reshape(KERNEL.add(2)), KERNEL, format);
  }

  @ParameterizedTest
  @EnumSource
  void float32IsRoundedToTheNearest(Precision.Format format) {
    NDArray stored = manager.randomNormal(KERNEL);
    float[] expected = rounded(stored.toFloatArray(), format);
    assertPacked(expected, stored, KERNEL, format);
    assertPacked(expected, stored.reshape(MATRIX), MATRIX, format);
  }

  @Test
  void aTransposedWeightIsBroughtInOrder() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : new float[] {1, 2, 3, 4, 5, 6}) {
      bytes.putShort((short) (Float.floatToIntBits(value) >> Short.SIZE));
    }
    NDArray stored = manager.create(bytes.flip(), new Shape(2, 3, 2), DataType.UINT8);
    assertPacked(
        new float[] {1, 4, 2, 5, 3, 6},
        stored.swapAxes(0, 1),
        new Shape(3, 2),
        Precision.Format.BFLOAT16);
  }

  /** Each pixel's channels lie together. */
  @ParameterizedTest
  @EnumSource
  void aKernelLiesAsConvolutionsWantIt(Precision.Format format) {
    NDArray kernel = manager.create(patterns(0x7c00), KERNEL, DataType.FLOAT16);
    try (LoadedModule module = load(kernel, KERNEL, format);
        EngineValue strides = module.call("strides")) {
      assertArrayEquals(new long[] {10_000, 1, 5000, 2500}, strides.handle().toLongArray());
    }
  }

  private void assertPacked(
      float[] expected, NDArray stored, Shape shape, Precision.Format format) {
    try (LoadedModule module = load(stored, shape, format)) {
      NDArray packed = module.callForTensor("numbers", manager.zeros(new Shape(1)));
      assertArrayEquals(shape.getShape(), packed.getShape().getShape());
      assertArrayEquals(expected, packed.toFloatArray());
    }
  }

  private LoadedModule load(NDArray stored, Shape shape, Precision.Format format) {
    Script script = new Script(new Precision(format, Precision.Format.FLOAT32));
    Method numbers = script.method("numbers");
    numbers.tensor("x", 1);
    Weights weight = WeightCatalog.ofNewModel().root().at("weight");
    numbers.returns(numbers.weight(weight, shape.getShape()).to(Precision.Format.FLOAT32));
    script.raw(
        """
          def strides(self: __torch__.M, w: List[Tensor]) -> List[int]:
            return torch.stride(w[0])
        """);
    return LoadedModule.load(script, manager, (name, owner) -> stored);
  }

  /** All positive and negative bit patterns below the first that is no finite number. */
  private static ByteBuffer patterns(int infinity) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(2 * COUNT).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < COUNT; i++) {
      int sign = i / infinity % 2 << 15;
      bytes.putShort((short) (i % infinity | sign));
    }
    return bytes.flip();
  }

  private float[] rounded(float[] values, Precision.Format format) {
    return switch (format) {
      case FLOAT32 -> values;
      case FLOAT16 ->
          manager
              .create(values)
              .toType(DataType.FLOAT16, true)
              .toType(DataType.FLOAT32, true)
              .toFloatArray();
      case BFLOAT16 -> {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
          int bits = Float.floatToRawIntBits(values[i]);
          int even = bits >>> Short.SIZE & 1;
          rounded[i] = Float.intBitsToFloat(bits + 0x7fff + even & 0xffff0000);
        }
        yield rounded;
      }
    };
  }
}
