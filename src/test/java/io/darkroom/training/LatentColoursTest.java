package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class LatentColoursTest {
  @Test
  void aLinearMapIsFoundAgain() {
    double[][] map = {{1, 2, 3}, {-1, 0.5, 0}, {0, 0, 4}, {2, -2, 1}, {0.1, 0.2, 0.3}};
    Random random = new Random(1);
    double[][] inputs = new double[50][4];
    double[][] outputs = new double[50][3];
    for (int i = 0; i < inputs.length; i++) {
      for (int colour = 0; colour < 3; colour++) {
        outputs[i][colour] = map[4][colour];
      }
      for (int channel = 0; channel < 4; channel++) {
        inputs[i][channel] = random.nextGaussian() + channel;
        for (int colour = 0; colour < 3; colour++) {
          outputs[i][colour] += map[channel][colour] * inputs[i][channel];
        }
      }
    }
    double[][] found = LatentColours.fit(inputs, outputs);
    for (int row = 0; row < map.length; row++) {
      assertArrayEquals(map[row], found[row], 1e-9);
    }
  }
}
