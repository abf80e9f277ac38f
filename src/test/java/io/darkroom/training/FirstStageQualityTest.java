package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FirstStageQualityTest {

  /** A slope has no Laplacian; a single bright pixel has 4 of itself and 1 for each neighbour. */
  @Test
  void measuresSharpness() {
    int size = SceneryModel.IMAGE_SIZE;
    float[] slope = new float[size * size];
    float[] point = new float[size * size];
    for (int i = 0; i < slope.length; i++) {
      slope[i] = 0.25f * (i % size);
    }
    point[100 * size + 100] = 1;
    assertEquals(0, FirstStageQuality.laplacian(slope), 1e-9);
    double inside = (size - 2.0) * (size - 2);
    assertEquals(8 / inside, FirstStageQuality.laplacian(point), 1e-9);
  }
}
