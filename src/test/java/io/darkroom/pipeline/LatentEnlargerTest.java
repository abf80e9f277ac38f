package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the formula of PyTorch's bilinear interpolation, written out. */
class LatentEnlargerTest {
  @ParameterizedTest
  @CsvSource({
    "4, 6, 8, 12, 8, 12",
    "5, 3, 7, 4, 7, 4",
    "4, 4, 4, 4, 4, 4",
    // another shape: enlarged until it covers, and the middle taken
    "4, 4, 8, 12, 12, 12",
    "4, 8, 9, 10, 9, 18",
  })
  void isPyTorchsInterpolation(
      int height, int width, int toHeight, int toWidth, int coverHeight, int coverWidth) {
    float[] values = new float[2 * 3 * height * width];
    Random random = new Random(7);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    float[] expected = new float[2 * 3 * toHeight * toWidth];
    int top = (coverHeight - toHeight) / 2;
    int left = (coverWidth - toWidth) / 2;
    for (int i = 0; i < expected.length; i++) {
      int plane = i / (toHeight * toWidth);
      int row = i / toWidth % toHeight + top;
      int column = i % toWidth + left;
      expected[i] = (float) at(values, plane, height, width, row, column, coverHeight, coverWidth);
    }
    try (NDManager manager = NDManager.newBaseManager();
        NDArray latents = manager.create(values, new Shape(2, 3, height, width));
        NDArray enlarged = LatentEnlarger.bilinear(latents, toHeight, toWidth)) {
      assertEquals(new Shape(2, 3, toHeight, toWidth), enlarged.getShape());
      assertArrayEquals(expected, enlarged.toFloatArray(), 1e-5f);
    }
  }

  private static double at(
      float[] values, int plane, int height, int width, int row, int column, int toH, int toW) {
    double y = Math.max(0, (row + 0.5) * height / toH - 0.5);
    double x = Math.max(0, (column + 0.5) * width / toW - 0.5);
    int y0 = (int) y;
    int x0 = (int) x;
    int y1 = Math.min(height - 1, y0 + 1);
    int x1 = Math.min(width - 1, x0 + 1);
    double v = y - y0;
    double u = x - x0;
    int base = plane * height * width;
    return (1 - v) * ((1 - u) * values[base + y0 * width + x0] + u * values[base + y0 * width + x1])
        + v * ((1 - u) * values[base + y1 * width + x0] + u * values[base + y1 * width + x1]);
  }
}
