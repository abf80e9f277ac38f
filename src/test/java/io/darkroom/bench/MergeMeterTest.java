package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.WeightsFile;
import io.darkroom.weights.WeightsFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MergeMeterTest {
  private static final int RANK = 2;

  private static ModelSource model(String name) {
    return DiffusersDirectory.open(TestModels.directory(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void allLayersOfRandomLorasAreMerged(String name) throws IOException {
    ModelSource model = model(name);
    List<Path> files = new ArrayList<>();
    try (RandomLoras loras = RandomLoras.of(model, RANK);
        DiffusionPipeline pipeline =
            DiffusionPipeline.open(model, new ComputeOptions("cpu", "fp32"))) {
      List<LoraChoice> two = loras.first(2);
      two.forEach(lora -> files.add(lora.file()));
      assertEquals(two.get(0), loras.first(1).get(0));
      pipeline.merge(two);
      assertEquals(two, pipeline.loras());
      assertEquals(List.of(), pipeline.warnings()); // a layer that is not there would be told
      try (WeightsFile file = WeightsFormat.open(two.get(1).file())) {
        assertEquals(2 * loras.layers(), file.shapes().size());
        for (Component component : model.kind().adaptableNetworks()) {
          assertTrue(
              file.shapes().keySet().stream()
                  .anyMatch(tensor -> tensor.startsWith(component + ".")),
              component::toString);
        }
      }
    }
    files.forEach(file -> assertFalse(Files.exists(file.getParent()), file::toString));
  }

  @Test
  void theFloorIsEachWeightOnceAndTheProductsOfAllLorasTogether() throws IOException {
    ModelSource model = model("tiny-sd1");
    try (RandomLoras loras = RandomLoras.of(model, RANK);
        DiffusionPipeline pipeline =
            DiffusionPipeline.open(model, new ComputeOptions("cpu", "bf16"))) {
      long numbers = 0;
      long changed = 0;
      long factors = 0;
      long stored = 0;
      for (Component component : List.of(Component.UNET, Component.TEXT_ENCODER)) {
        try (ComponentWeights weights = model.weights(component)) {
          Map<String, StoredType> types = weights.types();
          for (Map.Entry<String, long[]> weight : weights.shapes().entrySet()) {
            long[] shape = weight.getValue();
            long count = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
            numbers += count;
            stored += count * types.get(weight.getKey()).bytes();
            if (loras.change(component, weight.getKey())) {
              changed += count;
              factors += shape[0] + shape[1];
            }
          }
        }
      }
      MergeMeter meter = new MergeMeter(model, pipeline, loras);
      long written = pipeline.precision().storage().bytes() * numbers;
      assertEquals(0, meter.cost(0).operations());
      assertEquals(stored + written, meter.cost(0).productBytes());
      assertEquals(2 * 3 * RANK * changed, meter.cost(3).operations());
      assertEquals(
          stored + written + 3 * RANK * factors * StoredType.F16.bytes(),
          meter.cost(3).productBytes());
    }
  }

  @Test
  void whatWasMeasuredIsMerged() throws IOException {
    ModelSource model = model("tiny-sd1");
    try (RandomLoras loras = RandomLoras.of(model, RANK);
        DiffusionPipeline pipeline =
            DiffusionPipeline.open(model, new ComputeOptions("cpu", "fp32"))) {
      MergeMeter meter = new MergeMeter(model, pipeline, loras);
      for (int count : new int[] {2, 0, 1, 1}) {
        BenchmarkReport.Merge merge = meter.measure(count, 1);
        assertEquals(count, merge.loras());
        assertEquals(count, pipeline.loras().size());
        assertTrue(merge.seconds().least() > 0);
      }
    }
  }
}
