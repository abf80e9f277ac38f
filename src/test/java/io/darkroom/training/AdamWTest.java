package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The optimizer on a linear layer y = w x + b whose loss is the mean of squares. */
class AdamWTest {
  @Test
  void theFirstStepIsTheLearningRateAgainstTheGradientsSign() {
    try (Fixture fixture = new Fixture()) {
      fixture.step(1, 0.1);
      // m/(1-b1) over sqrt(v/(1-b2)) is the gradient's sign; the decay takes 0.1 * 0.01 of w = 2.
      assertArrayEquals(new float[] {2 * (1 - 0.001f) - 0.1f}, fixture.value("l.weight"), 1e-5f);
      assertArrayEquals(new float[] {-0.1f}, fixture.value("l.bias"), 1e-5f);
    }
  }

  @Test
  void gradientsDoNotPileUp() {
    try (Fixture fixture = new Fixture()) {
      fixture.step(1, 0);
      float first = fixture.gradient();
      fixture.step(2, 0);
      assertEquals(first, fixture.gradient(), 1e-6f);
    }
  }

  @Test
  void theLossFalls() {
    try (Fixture fixture = new Fixture()) {
      float before = fixture.step(1, 0.05);
      for (int i = 2; i < 100; i++) {
        fixture.step(i, 0.05);
      }
      assertTrue(fixture.step(100, 0.05) < 0.05 * before);
    }
  }

  @Test
  void aRestoredRunGoesOnAsIfItHadNotStopped(@TempDir Path folder) {
    TrainingState state = new TrainingState(folder.resolve("state.safetensors"));
    try (Fixture whole = new Fixture();
        Fixture stopped = new Fixture();
        Fixture resumed = new Fixture()) {
      for (int i = 1; i <= 6; i++) {
        whole.step(i, 0.05);
      }
      for (int i = 1; i <= 3; i++) {
        stopped.step(i, 0.05);
      }
      state.save(3, stopped.optimizer.state());
      assertEquals(3, state.restore(resumed.optimizer.state()));
      for (int i = 4; i <= 6; i++) {
        resumed.step(i, 0.05);
      }
      assertArrayEquals(whole.value("l.weight"), resumed.value("l.weight"), 0);
      assertArrayEquals(whole.value("l.bias"), resumed.value("l.bias"), 0);
    }
  }

  /** A layer with w = 2 and b = 0, and what trains it. */
  private static final class Fixture implements AutoCloseable {
    private final NDManager manager = NDManager.newBaseManager();
    private final TrainableModule module;
    private final AdamW optimizer;
    private float lastGradient;

    Fixture() {
      WeightCatalog catalog = WeightCatalog.ofNewModel();
      Script script = new Script(Precision.FLOAT32);
      Method forward = script.method("forward");
      Tensor y = forward.tensor("x", 1).linear(catalog.root().at("l"), 1);
      forward.returns(List.of(y.times(y).mean()));
      Map<String, NDArray> initial =
          Map.of(
              "l.weight", manager.create(new float[] {2}, new Shape(1, 1)),
              "l.bias", manager.zeros(new Shape(1)));
      module = new TrainableModule(script, manager, initial);
      optimizer = new AdamW(module.weights());
    }

    float step(int number, double learningRate) {
      try (NDManager scratch = manager.newSubManager();
          GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        NDArray x = scratch.create(new float[] {1, 2, 3}, new Shape(3, 1));
        NDArray loss = module.forward(x).get(0);
        collector.backward(loss);
        try (NDArray gradient = module.weights().get("l.weight").getGradient()) {
          lastGradient = gradient.toFloatArray()[0];
        }
        optimizer.step(number, learningRate, 0.9);
        return loss.getFloat();
      }
    }

    float gradient() {
      return lastGradient;
    }

    float[] value(String name) {
      return module.weights().get(name).toFloatArray();
    }

    @Override
    public void close() {
      optimizer.close();
      module.close();
      manager.close();
    }
  }
}
