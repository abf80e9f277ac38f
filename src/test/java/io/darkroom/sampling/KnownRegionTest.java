package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

class KnownRegionTest {
  /** Painted, half known and wholly known, in that order. */
  @Test
  void theKnownPartComesBackWithItsNoise() {
    Shape shape = new Shape(1, 1, 1, 3);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray mask = manager.create(new float[] {1, 0.5f, 0}, shape);
      NDArray image = manager.create(new float[] {10, 20, 30}, shape);
      NDArray noise = manager.create(new float[] {1, 2, 3}, shape);
      KnownRegion region = new KnownRegion(mask, image, noise);
      assertArrayEquals(
          new float[] {7, 0.5f * 8 + 0.5f * (0.6f * 20 + 0.8f * 2), 0.6f * 30 + 0.8f * 3},
          region
              .restore(manager.create(new float[] {7, 8, 9}, shape), new Noised(0.6, 0.8))
              .toFloatArray(),
          1e-5f);
      assertArrayEquals(
          new float[] {7, 14, 30},
          region.restore(manager.create(new float[] {7, 8, 9}, shape), Noised.CLEAN).toFloatArray(),
          1e-5f);
    }
  }
}
