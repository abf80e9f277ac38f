package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WindowedUNetTest {
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final List<float[]> seen = new ArrayList<>();
  private final List<float[]> beside = new ArrayList<>();
  private boolean closed;

  /** Predicts what it sees, plus the number of the window. */
  private final class Counting implements Predictor {
    private int window;

    @Override
    public NDArray predict(
        NDArray latents, Optional<NDArray> extra, int evaluation, NDManager step) {
      seen.add(latents.toFloatArray());
      extra.ifPresent(channels -> beside.add(channels.toFloatArray()));
      NDArray result = latents.add(window++);
      result.attach(step);
      return result;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static LatentWindows windows(int... lefts) {
    List<LatentWindows.Place> places = new ArrayList<>();
    for (int left : lefts) {
      places.add(new LatentWindows.Place(0, left));
    }
    return new LatentWindows(1, 4, places, false, false);
  }

  @Test
  void theMeanCountsWhereWindowsOverlap() {
    NDArray latents = manager.create(new float[] {0, 10, 20, 30, 40, 50}, new Shape(1, 1, 1, 6));
    NDArray extra = latents.neg();
    NDManager step = manager.newSubManager();
    try (WindowedUNet unet =
        new WindowedUNet(new Counting(), windows(0, 2), latents.getShape(), manager)) {
      NDArray joined = unet.predict(latents, Optional.of(extra), 0, step);
      assertArrayEquals(new float[] {0, 10, 20.5f, 30.5f, 41, 51}, joined.toFloatArray());
      assertEquals(latents.getShape(), joined.getShape());
    }
    assertArrayEquals(new float[] {0, 10, 20, 30}, seen.get(0));
    assertArrayEquals(new float[] {20, 30, 40, 50}, seen.get(1));
    assertArrayEquals(new float[] {-20, -30, -40, -50}, beside.get(1));
    assertEquals(1, step.getManagedArrays().size(), "nothing is left but the result");
    assertEquals(true, closed);
  }

  @Test
  void aWindowMayGoOnBehindTheBorder() {
    NDArray latents = manager.create(new float[] {0, 10, 20, 30, 40, 50}, new Shape(1, 1, 1, 6));
    try (WindowedUNet unet =
        new WindowedUNet(new Counting(), windows(0, 4), latents.getShape(), manager)) {
      NDArray joined = unet.predict(latents, Optional.empty(), 0, manager);
      assertArrayEquals(new float[] {40, 50, 0, 10}, seen.get(1));
      assertArrayEquals(new float[] {0.5f, 10.5f, 20, 30, 41, 51}, joined.toFloatArray());
    }
  }
}
