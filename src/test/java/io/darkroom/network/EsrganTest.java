package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.EsrganFile;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Against BasicSR's network, in each of its forms and each spelling of its weights. */
class EsrganTest {
  private static final double TOLERANCE = 2e-5;

  private static EsrganFile file(String name) {
    return EsrganFile.open(TestModels.directory("tiny-esrgan").resolve(name));
  }

  @Test
  void fourTimes() {
    assertParity("x4_new.safetensors", "x4", new EsrganConfig(12, 6, 2, 2, 1), 4);
  }

  @Test
  void theNamesOfTheFirstEsrganMeanTheSame() {
    assertParity("x4_middle.pth", "x4", new EsrganConfig(12, 6, 2, 2, 1), 4);
  }

  @Test
  void twiceByOneDoublingAndNumberedLayers() {
    assertParity("x2_old.safetensors", "x2", new EsrganConfig(12, 6, 2, 1, 1), 2);
  }

  @Test
  void twiceByUnshuffledPixels() {
    assertParity("x2plus_new.pth", "x2plus", new EsrganConfig(12, 6, 2, 2, 2), 2);
  }

  private static void assertParity(String name, String golden, EsrganConfig expected, int factor) {
    EsrganFile file = file(name);
    Golden reference = Golden.open("tiny-esrgan/" + golden + ".safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        ComponentWeights weights = file.weights()) {
      EsrganConfig config = EsrganConfig.of(weights.source(), weights.shapes());
      assertEquals(expected, config);
      assertEquals(factor, config.factor());
      try (LoadedModule network = load(config, weights, manager)) {
        NDArray image = reference.array("in", manager);
        assertClose(
            name + " features",
            reference.floats("features"),
            network.callForTensor(Esrgan.FEATURES, image),
            TOLERANCE);
        List<NDArray> results = network.callForTensors(Esrgan.ENLARGE, image);
        assertEquals(new Shape(reference.shape("out")), results.get(0).getShape());
        assertClose(name, reference.floats("out"), results.get(0), TOLERANCE);
        assertTrue(results.get(1).getBoolean());
        NDArray broken = image.mul(Float.NaN);
        assertFalse(network.callForTensors(Esrgan.ENLARGE, broken).get(1).getBoolean());
      }
    }
  }

  private static LoadedModule load(
      EsrganConfig config, ComponentWeights weights, NDManager manager) {
    WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
    Script script = new Script(Precision.FLOAT32);
    new Esrgan(config).writeTo(catalog.root(), script);
    catalog.requireAllUsed(name -> false);
    return LoadedModule.load(script, manager, weights::load);
  }

  @Test
  void whatIsOutsideOfTheReceptiveFieldHasNoEffect() {
    EsrganFile file = file("x2plus_new.pth");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        ComponentWeights weights = file.weights()) {
      EsrganConfig config = EsrganConfig.of(weights.source(), weights.shapes());
      int field = config.receptiveField();
      int side = 2 * field + 4;
      try (LoadedModule network = load(config, weights, manager)) {
        NDArray grey = manager.ones(new Shape(1, 3, 4, side)).mul(0.5f);
        NDArray other = grey.duplicate();
        other.set(new NDIndex(":, :, :, 0"), 1f);
        float[] before = network.callForTensors(Esrgan.ENLARGE, grey).get(0).toFloatArray();
        float[] after = network.callForTensors(Esrgan.ENLARGE, other).get(0).toFloatArray();
        int farthest = 0;
        for (int i = 0; i < before.length; i++) {
          if (before[i] != after[i]) {
            farthest = Math.max(farthest, i % (2 * side) / 2);
          }
        }
        assertTrue(farthest <= field, farthest + " is farther than " + field);
        assertTrue(farthest > field / 2, farthest + " is nearer than it is told by far");
      }
    }
  }

  @Test
  void theCostOfThePublishedNetworkIsCounted() {
    EsrganConfig config = new EsrganConfig(64, 32, 23, 2, 1);
    Script script = new Script(Precision.FLOAT32);
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    new Esrgan(config).writeTo(catalog.root(), script);
    long parameters =
        catalog.shapes().values().stream()
            .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
            .sum();
    assertEquals(16_697_987, parameters); // of RealESRGAN_x4plus.pth
    OperationCounter counter = new OperationCounter(script);
    Listed results = (Listed) counter.count(Esrgan.ENLARGE, Shaped.of(4, 1, 3, 16, 16));
    assertEquals(Shaped.of(4, 1, 3, 64, 64), results.elements().get(0));
    OperationCounter unshuffled = new OperationCounter(script(new EsrganConfig(64, 32, 23, 2, 2)));
    Listed twice = (Listed) unshuffled.count(Esrgan.ENLARGE, Shaped.of(4, 1, 3, 16, 16));
    assertEquals(Shaped.of(4, 1, 3, 32, 32), twice.elements().get(0));
  }

  private static Script script(EsrganConfig config) {
    Script script = new Script(Precision.FLOAT32);
    new Esrgan(config).writeTo(WeightCatalog.ofNewModel().root(), script);
    return script;
  }

  @Test
  void networksThatAreNotForColoursAreRefused() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("conv_first.weight", new long[] {64, 1, 3, 3});
    shapes.put("conv_last.weight", new long[] {1, 64, 3, 3});
    shapes.put("body.0.rdb1.conv1.weight", new long[] {32, 64, 3, 3});
    ModelException grey =
        assertThrows(ModelException.class, () -> EsrganConfig.of("grey.pth", shapes));
    assertEquals(
        "grey.pth: is an upscaler from 1 to 1 channels; Darkroom runs those for pictures in"
            + " colour",
        grey.getMessage());
    shapes.put("conv_first.weight", new long[] {64, 12, 3, 3});
    shapes.put("conv_last.weight", new long[] {3, 64, 3, 3});
    assertThrows(ModelException.class, () -> EsrganConfig.of("smaller.pth", shapes));
  }
}
