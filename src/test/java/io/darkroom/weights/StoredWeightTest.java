package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StoredWeightTest {
  /** Bytes are what BF16 is lent as. */
  @ParameterizedTest
  @EnumSource
  void bytesAreTakenAsNumbersAre(StoredWeight.Form form) {
    StoredWeight weight = new StoredWeight("stored", form);
    boolean kernel = form == StoredWeight.Form.MATRIX;
    Shape shape = kernel ? new Shape(6, 4, 1, 1) : new Shape(6, 4);
    ByteBuffer bytes = ByteBuffer.allocateDirect(48);
    float[] numbers = new float[24];
    for (int i = 0; i < 24; i++) {
      numbers[i] = i;
      bytes.put((byte) i).put((byte) (i + 100));
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray taken = weight.take(manager.create(numbers, shape));
      assertArrayEquals(weight.shape(shape.getShape()), taken.getShape().getShape());
      NDArray stored = manager.create(bytes.flip(), shape.add(2), DataType.UINT8);
      byte[] pairs = weight.take(stored).toByteArray();
      float[] expected = taken.toFloatArray();
      byte[] expectedPairs = new byte[2 * expected.length];
      for (int i = 0; i < expected.length; i++) {
        expectedPairs[2 * i] = (byte) expected[i];
        expectedPairs[2 * i + 1] = (byte) (expected[i] + 100);
      }
      assertArrayEquals(expectedPairs, pairs);
    }
  }

  @Test
  void aMatrixThatIsOneAlreadyStaysOne() {
    StoredWeight weight = new StoredWeight("stored", StoredWeight.Form.MATRIX);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray stored = manager.create(new float[] {1, 2}, new Shape(2, 1));
      assertArrayEquals(new long[] {2, 1}, weight.take(stored).getShape().getShape());
    }
  }
}
