package io.darkroom.bench;

import io.darkroom.bench.BenchmarkReport.Counted;
import io.darkroom.bench.BenchmarkReport.Merge;
import io.darkroom.lora.LoraChoice;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.ModelSource;
import io.darkroom.pipeline.DiffusionPipeline;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Precision;
import io.darkroom.weights.StoredType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Times the merging of LoRAs into a model: text encoders and U-Net are loaded again, with the
 * changes.
 */
final class MergeMeter {
  /** Merging computes in it, whatever the network computes in. */
  static final Precision.Format FORMAT = Precision.Format.FLOAT32;

  private final ModelSource source;
  private final DiffusionPipeline pipeline;
  private final RandomLoras loras;

  /**
   * Prepares to measure.
   *
   * @param source the model
   * @param pipeline the same, loaded; still the caller's
   * @param loras what is merged; still the caller's
   */
  MergeMeter(ModelSource source, DiffusionPipeline pipeline, RandomLoras loras) {
    this.source = source;
    this.pipeline = pipeline;
    this.loras = loras;
  }

  /**
   * Measures. The LoRAs stay merged.
   *
   * @param count how many are merged; with none the model's own weights come back
   * @param repeats how often it is timed, after a merging that does not count
   * @return what came out
   * @throws IOException if a LoRA cannot be written
   */
  Merge measure(int count, int repeats) throws IOException {
    List<LoraChoice> chosen = loras.first(count);
    List<LoraChoice> others = count == 0 ? loras.first(1) : List.of();
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i <= repeats; i++) {
      pipeline.merge(others); // what is merged already would not be merged again
      long start = System.nanoTime();
      pipeline.merge(chosen);
      seconds.add((System.nanoTime() - start) / 1e9);
    }
    return new Merge(
        pipeline.dtype(),
        count,
        loras.rank(),
        loras.layers(),
        Spread.of(seconds.subList(1, seconds.size())),
        new Counted(cost(count), FORMAT));
  }

  /**
   * The least that merging does: each weight is read as it is stored and written as the network
   * wants it, once; on the way the product of the matrices of all LoRAs together is added.
   */
  NetworkCost cost(int count) {
    List<Cost> costs = new ArrayList<>();
    int written = pipeline.precision().storage().bytes();
    for (Component component : source.kind().adaptableNetworks()) {
      try (ComponentWeights weights = source.weights(component)) {
        Map<String, StoredType> types = weights.types();
        weights
            .shapes()
            .forEach(
                (name, shape) -> {
                  long ranks = loras.change(component, name) ? (long) count * loras.rank() : 0;
                  costs.add(cost(shape, types.get(name).bytes() + written, ranks));
                });
      }
    }
    return new NetworkCost(costs);
  }

  private static Cost cost(long[] shape, int bytesEach, long ranks) {
    long numbers = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    long factors = ranks == 0 ? 0 : ranks * (shape[0] + shape[1]);
    return new Cost(
        Kind.MATRIX_PRODUCT,
        2 * ranks * numbers,
        numbers * bytesEach + factors * RandomLoras.numberBytes());
  }
}
