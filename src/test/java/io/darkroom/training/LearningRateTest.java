package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LearningRateTest {
  @Test
  void risesToItsPeakAndFallsToNothing() {
    assertEquals(0.5, LearningRate.at(50, 100, 1000, 1), 1e-12);
    assertEquals(1, LearningRate.at(100, 100, 1000, 1), 1e-12);
    assertEquals(0.5, LearningRate.at(550, 100, 1000, 1), 1e-12);
    assertEquals(0, LearningRate.at(1000, 100, 1000, 1), 1e-12);
  }
}
