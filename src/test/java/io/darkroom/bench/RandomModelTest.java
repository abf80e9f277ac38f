package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Requests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomModelTest {
  private static final Path BUNDLED = Path.of("models", "scenes");

  private static RandomModel model(Architecture architecture) {
    return new RandomModel(architecture, DiffusersDirectory.open(BUNDLED));
  }

  /** The numbers of parameters that the published checkpoints have. */
  @ParameterizedTest
  @CsvSource({
    "SD15, unet, 859520964",
    "SD15, vae, 83653863",
    "SD15, text_encoder, 123060480",
    "SD21, unet, 865910724",
    "SD21, text_encoder, 340387840",
    "SDXL, unet, 2567463684",
    "SDXL, text_encoder, 123060480",
    "SDXL, text_encoder_2, 694659840"
  })
  void hasAsManyParametersAsThePublishedModel(
      Architecture architecture, String component, long parameters) {
    long counted =
        model(architecture).shapes(Component.of(component).orElseThrow()).values().stream()
            .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
            .sum();
    assertEquals(parameters, counted);
  }

  @Test
  void theBundledModelsShapesAreThoseOfItsFiles() {
    DiffusersDirectory bundled = DiffusersDirectory.open(BUNDLED);
    for (String component : List.of("unet", "vae", "text_encoder")) {
      try (var weights = bundled.weights(Component.of(component).orElseThrow())) {
        assertEquals(
            texts(weights.shapes()),
            texts(model(Architecture.BUNDLED).shapes(Component.of(component).orElseThrow())));
      }
    }
  }

  private static Map<String, String> texts(Map<String, long[]> shapes) {
    Map<String, String> texts = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> texts.put(name, Arrays.toString(shape)));
    return texts;
  }

  @Test
  void weightsKeepTheScaleAndAreAlwaysTheSame() {
    Map<String, long[]> shapes =
        Map.of(
            "to_q.weight", new long[] {64, 256},
            "to_k.weight", new long[] {64, 256},
            "conv.weight", new long[] {32, 64, 3, 3},
            "large.weight", new long[] {1200, 1000},
            "norm.weight", new long[] {512},
            "norm.bias", new long[] {512});
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        RandomWeights weights = new RandomWeights("test", shapes)) {
      assertSpread(weights.load("to_q.weight", manager), 0, 1 / 16.0);
      assertSpread(weights.load("conv.weight", manager), 0, 1 / 24.0);
      assertSpread(weights.load("large.weight", manager), 0, 1 / Math.sqrt(1000));
      assertSpread(weights.load("norm.weight", manager), 1, 0.02);
      assertSpread(weights.load("norm.bias", manager), 0, 0.02);
      float[] queries = weights.load("to_q.weight", manager).toFloatArray();
      assertArrayEquals(queries, weights.lend("to_q.weight", manager).toFloatArray());
      assertFalse(Arrays.equals(queries, weights.load("to_k.weight", manager).toFloatArray()));
      NDArray large = weights.load("large.weight", manager);
      assertFalse(
          Arrays.equals(large.get(0).toFloatArray(), large.get(1001).toFloatArray()),
          "rows beyond the list's end");
    }
  }

  private static void assertSpread(NDArray values, double mean, double deviation) {
    float[] numbers = values.toFloatArray();
    double sum = 0;
    double squares = 0;
    for (float number : numbers) {
      sum += number - mean;
      squares += (number - mean) * (number - mean);
    }
    double error = 6 / Math.sqrt(numbers.length);
    assertEquals(0, sum / numbers.length, deviation * error);
    assertEquals(deviation, Math.sqrt(squares / numbers.length), deviation * error);
  }

  @Test
  void paintsSomethingInEveryPrecision() {
    for (String dtype : List.of("fp32", "bf16")) {
      try (DiffusionPipeline pipeline =
          DiffusionPipeline.open(model(Architecture.BUNDLED), new ComputeOptions("cpu", dtype))) {
        List<String> warnings = new ArrayList<>();
        PipelineListener listener =
            new PipelineListener() {
              @Override
              public void onStep(int step, int steps) {}

              @Override
              public void onWarning(String message) {
                warnings.add(message);
              }
            };
        ImageRequest request = Requests.of("a boat", "", 1, 128, 128, 5, 4, "ddim", 0);
        byte[] rgb = pipeline.generate(List.of(request), listener).get(0).image().rgb();
        assertEquals(List.of(), warnings);
        // A picture that overflowed would be black or white.
        Set<Byte> levels = new HashSet<>();
        for (byte level : rgb) {
          levels.add(level);
        }
        assertTrue(levels.size() > 16, () -> levels.size() + " levels in " + dtype);
      }
    }
  }
}
