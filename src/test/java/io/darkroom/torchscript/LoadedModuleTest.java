package io.darkroom.torchscript;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.testing.EngineCalls;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadedModuleTest {
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void methodsTakeAndGiveTensors() {
    try (LoadedModule module = load(Precision.FLOAT32);
        NDManager caller = manager.newSubManager()) {
      NDArray x = caller.create(new float[] {1, -1}, new Shape(1, 2));
      NDArray one = module.callForTensor("one", x);
      assertArrayEquals(new float[] {0.25f, -0.25f}, one.toFloatArray());
      assertSame(caller, one.getManager());
      List<NDArray> both = module.callForTensors("both", x);
      assertArrayEquals(new float[] {0.25f, -0.25f}, both.get(0).toFloatArray());
      assertArrayEquals(new float[] {2, -2}, both.get(1).toFloatArray());
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, 0", "FLOAT16, 1e-3", "BFLOAT16, 1e-2"})
  void weightsAreKeptInTheirFormatAndComputedWithInFloat32(
      Precision.Format storage, double tolerance) {
    NDArray x = manager.create(new float[] {1.0001f, 1}, new Shape(1, 2));
    float[] weights = {1 / 3f, 0, 1, 1e-3f};
    try (LoadedModule module = load(new Precision(storage, Precision.Format.FLOAT32), weights)) {
      float[] expected = {1.0001f / 3, 1.0001f + 1e-3f};
      assertClose("one", expected, module.callForTensor("one", x), Math.max(tolerance, 1e-7));
    }
  }

  @Test
  void aConversionThatFailsHalfwayLeavesNoHandle() {
    EngineCalls.install();
    Script script = new Script(Precision.FLOAT32);
    Method method = script.method("sum");
    Weights root = WeightCatalog.ofNewModel().root();
    Tensor x = method.tensor("x", 2);
    method.returns(x.linear(root.at("first"), 2).linear(root.at("second"), 2));
    long before = EngineCalls.alive();
    List<String> asked = new ArrayList<>();
    IllegalStateException failure =
        assertThrows(
            IllegalStateException.class,
            () ->
                LoadedModule.load(
                    script,
                    manager,
                    (name, owner) -> {
                      asked.add(name);
                      if (asked.size() == 3) {
                        throw new IllegalStateException("no more");
                      }
                      return owner.ones(name.endsWith("bias") ? new Shape(2) : new Shape(2, 2));
                    }));
    assertEquals("no more", failure.getMessage());
    assertEquals(before, EngineCalls.alive());
  }

  @Test
  void callsLeaveNothingBehind() {
    try (LoadedModule module = load(Precision.FLOAT32);
        NDManager caller = manager.newSubManager()) {
      NDArray x = caller.create(new float[] {1, -1}, new Shape(1, 2));
      int owned = module.manager().getManagedArrays().size();
      for (int i = 0; i < 50; i++) {
        module.callForTensors("both", x).forEach(NDArray::close);
      }
      assertEquals(List.of(x), caller.getManagedArrays());
      assertEquals(owned, module.manager().getManagedArrays().size());
    }
  }

  @Test
  void valuesThatNoArrayCanHoldStayWithTheirCaller() {
    try (LoadedModule module = load(Precision.FLOAT32);
        EngineValue x = EngineValue.of(manager.create(new float[] {1, -1}, new Shape(1, 2)));
        EngineValue list = module.call("both", x);
        NDManager caller = manager.newSubManager()) {
      assertEquals(2, list.tensors(caller).size());
    }
  }

  @Test
  void furtherProgramsRunOnTheSameWeights() {
    Script script = script(Precision.FLOAT32);
    Weights w = WeightCatalog.ofNewModel().root();
    try (LoadedModule module =
        LoadedModule.load(
            script,
            manager,
            (name, owner) -> owner.create(new float[] {0.25f, 0, 0, 0.25f}, new Shape(2, 2)))) {
      Script further = script.onSameWeights();
      Method twice = further.method("twice");
      Tensor x = twice.tensor("x", 2);
      twice.returns(x.linearWithoutBias(w.at("layer"), 2).times(2));
      try (Program program = module.compile(further);
          EngineValue result =
              program.call(
                  "twice", List.of(manager.create(new float[] {1, -1}, new Shape(1, 2))))) {
        assertArrayEquals(new float[] {0.5f, -0.5f}, result.tensor(manager).toFloatArray());
      }
      assertThrows(IllegalStateException.class, () -> x.linearWithoutBias(w.at("another"), 2));
    }
  }

  @Test
  void aClosedModuleTakesItsManagerAlong() {
    LoadedModule module = load(Precision.FLOAT32);
    NDManager owned = module.manager();
    module.close();
    assertFalse(owned.isOpen());
    assertTrue(manager.isOpen());
  }

  @Test
  void aSourceThatFailsLeavesNothingOpen() {
    Script script = script(Precision.FLOAT32);
    IllegalStateException failure = new IllegalStateException("no weights today");
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                LoadedModule.load(
                    script,
                    manager,
                    (name, owner) -> {
                      throw failure;
                    }));
    assertSame(failure, thrown);
    assertEquals(List.of(), manager.getManagedArrays());
  }

  @Test
  void whatTheEngineRefusesIsAnEngineException() {
    try (LoadedModule module = load(Precision.FLOAT32)) {
      NDArray x = manager.create(new float[] {1, 2, 3}, new Shape(1, 3));
      assertThrows(EngineException.class, () -> module.callForTensor("one", x));
    }
  }

  private LoadedModule load(Precision precision) {
    return load(precision, 0.25f, 0, 0, 0.25f);
  }

  private LoadedModule load(Precision precision, float... weights) {
    return LoadedModule.load(
        script(precision), manager, (name, owner) -> owner.create(weights, new Shape(2, 2)));
  }

  private static Script script(Precision precision) {
    Script script = new Script(precision);
    Weights w = WeightCatalog.ofNewModel().root();
    Method one = script.method("one");
    one.returns(one.tensor("x", 2).linearWithoutBias(w.at("layer"), 2));
    Method both = script.method("both");
    Tensor x = both.tensor("x", 2);
    both.returns(List.of(x.linearWithoutBias(w.at("layer"), 2), x.times(2)));
    return script;
  }
}
