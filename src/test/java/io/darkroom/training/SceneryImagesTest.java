package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.training.scenery.Scene;
import io.darkroom.training.scenery.SceneSampler;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SceneryImagesTest {
  private static final int SIZE = SceneryModel.IMAGE_SIZE;
  private static final int SIDE = 64;

  private final SceneryImages images = new SceneryImages();
  private final List<Scene> scenes = scenes();

  private static List<Scene> scenes() {
    SplittableRandom random = new SplittableRandom(5);
    SceneSampler sampler = SceneSampler.training();
    return Stream.generate(() -> sampler.next(random)).limit(2).toList();
  }

  /** Every square lies somewhere in its picture, pixel for pixel and plane for plane. */
  @Test
  void squaresAreCutOutOfThePictures() {
    float[] whole = images.render(scenes);
    float[] squares = images.renderSquares(scenes, 5, SIDE, new SplittableRandom(1));
    assertEquals(5 * 3 * SIDE * SIDE, squares.length);
    SplittableRandom places = new SplittableRandom(1);
    for (int square = 0; square < 5; square++) {
      int left = places.nextInt(SIZE - SIDE + 1);
      int top = places.nextInt(SIZE - SIDE + 1);
      for (int i = 0; i < 3 * SIDE * SIDE; i++) {
        int channel = i / (SIDE * SIDE);
        int y = top + i / SIDE % SIDE;
        int x = left + i % SIDE;
        float expected = whole[((square % 2 * 3 + channel) * SIZE + y) * SIZE + x];
        assertEquals(expected, squares[square * 3 * SIDE * SIDE + i]);
      }
    }
    for (float value : squares) {
      assertTrue(value >= -1 && value <= 1);
    }
  }

  @Test
  void squaresOfAPicturesSizeAreThePictures() {
    assertArrayEquals(
        images.render(scenes), images.renderSquares(scenes, 2, SIZE, new SplittableRandom(1)));
  }
}
