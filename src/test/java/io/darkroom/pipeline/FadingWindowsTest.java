package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FadingWindowsTest {
  private static final TiledSide.Overlap OVERLAP = new TiledSide.Overlap(2, 2);

  @Test
  void whatIsPredictedForEachWindowIsPutInItsPlace() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      FadingWindows windows =
          new FadingWindows(
              TiledSide.of(24, 16, OVERLAP, 2), TiledSide.of(20, 16, OVERLAP, 2), manager);
      NDArray latents = manager.randomNormal(new Shape(1, 4, 20, 24));
      NDArray extra = manager.randomNormal(new Shape(1, 3, 20, 24));
      List<Shape> seen = new ArrayList<>();
      NDArray result =
          windows.averaged(
              List.of(latents, extra),
              parts -> {
                seen.add(parts.get(1).getShape());
                return parts.get(0).mul(2f);
              },
              manager);
      assertEquals(4, seen.size());
      assertEquals(new Shape(1, 3, 14, 16), seen.get(0));
      float[] expected = latents.toFloatArray();
      float[] actual = result.toFloatArray();
      for (int i = 0; i < expected.length; i++) {
        assertEquals(2 * expected[i], actual[i], 1e-5);
      }
    }
  }

  @Test
  void whereWindowsDisagreeOneFadesIntoTheOther() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      TiledSide columns = TiledSide.of(18, 16, OVERLAP, 2);
      assertEquals(List.of(0, 6), columns.starts());
      FadingWindows windows = new FadingWindows(columns, TiledSide.of(4, 16, OVERLAP, 2), manager);
      int[] count = new int[1];
      NDArray result =
          windows.averaged(
              List.of(manager.zeros(new Shape(1, 1, 4, 18))),
              parts -> parts.get(0).add(count[0]++),
              manager);
      float[] row = result.get("0, 0, 0, :").toFloatArray();
      assertEquals(0, row[7]);
      assertEquals(0.25, row[8], 1e-6);
      assertEquals(0.75, row[9], 1e-6);
      assertEquals(1, row[10]);
    }
  }

  @Test
  void oneWindowIsTheWhole() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      TiledSide side = TiledSide.of(8, 16, OVERLAP, 2);
      NDArray latents = manager.zeros(new Shape(1, 4, 8, 8));
      NDArray result =
          new FadingWindows(side, side, manager)
              .averaged(List.of(latents), parts -> parts.get(0), manager);
      assertSame(latents, result);
    }
  }
}
