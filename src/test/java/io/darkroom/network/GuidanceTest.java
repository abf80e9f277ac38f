package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GuidanceTest {
  private static final Shape SHAPE = new Shape(2, 4, 3, 5);
  private static final int PICTURE = 60;

  @Test
  void aShareOfOneGivesThePromptsOwnSpreadToEachPicture() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray unconditional = manager.create(normal(1), SHAPE);
      NDArray conditional = manager.create(normal(2), SHAPE);
      float[] rescaled = mixed(unconditional, conditional, 7.5, 1).toFloatArray();
      for (int picture = 0; picture < 2; picture++) {
        assertEquals(
            deviation(conditional.toFloatArray(), picture), deviation(rescaled, picture), 1e-5);
      }
    }
  }

  @Test
  void inBetweenIsInBetween() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray unconditional = manager.create(normal(1), SHAPE);
      NDArray conditional = manager.create(normal(2), SHAPE);
      float[] none = mixed(unconditional, conditional, 7.5, 0).toFloatArray();
      float[] whole = mixed(unconditional, conditional, 7.5, 1).toFloatArray();
      float[] some = mixed(unconditional, conditional, 7.5, 0.7).toFloatArray();
      float[] guided = unconditional.add(conditional.sub(unconditional).mul(7.5f)).toFloatArray();
      assertArrayEquals(guided, none, 1e-5f);
      for (int i = 0; i < some.length; i++) {
        assertEquals(0.3 * none[i] + 0.7 * whole[i], some[i], 1e-5);
      }
    }
  }

  private static NDArray mixed(NDArray unconditional, NDArray conditional, double w, double phi) {
    Script script = new Script(Precision.FLOAT32);
    Guidance.writeTo(script);
    NDManager manager = unconditional.getManager();
    try (LoadedModule module = LoadedModule.load(script, manager, (name, owner) -> fail(name));
        EngineValue first = EngineValue.of(unconditional);
        EngineValue second = EngineValue.of(conditional);
        EngineValue guidance = EngineValue.of(w);
        EngineValue share = EngineValue.of(phi);
        EngineValue result = module.call(Guidance.MIX, first, second, guidance, share)) {
      return result.tensor(manager);
    }
  }

  private static double deviation(float[] values, int picture) {
    double sum = 0;
    double squares = 0;
    for (int i = picture * PICTURE; i < (picture + 1) * PICTURE; i++) {
      sum += values[i];
      squares += (double) values[i] * values[i];
    }
    return Math.sqrt((squares - sum * sum / PICTURE) / (PICTURE - 1));
  }

  private static float[] normal(long seed) {
    Random random = new Random(seed);
    float[] values = new float[2 * PICTURE];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * (i < PICTURE ? 1 : 3));
    }
    return values;
  }
}
