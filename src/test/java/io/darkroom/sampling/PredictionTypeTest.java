package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PredictionTypeTest {
  private static final double CLEAN = 0.7;
  private static final double NOISE = -1.3;

  @ParameterizedTest
  @EnumSource
  void findsTheImageAndTheNoiseAgain(PredictionType type) {
    for (double alphaCumprod : new double[] {0.00466, 0.3, 0.99915}) {
      double signal = Math.sqrt(alphaCumprod);
      double spread = Math.sqrt(1 - alphaCumprod);
      double latents = signal * CLEAN + spread * NOISE;
      double prediction =
          switch (type) {
            case EPSILON -> NOISE;
            case V_PREDICTION -> signal * NOISE - spread * CLEAN;
            case SAMPLE -> CLEAN;
          };
      assertEquals(CLEAN, value(type.clean(alphaCumprod), latents, prediction), 1e-12);
      assertEquals(NOISE, value(type.noise(alphaCumprod), latents, prediction), 1e-12);
    }
  }

  private static double value(LinearCombination combination, double latents, double prediction) {
    return combination.latents() * latents + combination.prediction() * prediction;
  }
}
