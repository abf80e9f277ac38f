package io.darkroom.bench;

import io.darkroom.bench.BenchmarkReport.Seconds;
import io.darkroom.pipeline.PictureStages;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Times the stages of one batch, again and again. */
final class StageTimes {
  /** Until a method has run twice, its executor still rewrites it for what it is called with. */
  private static final int WARM_CALLS = 2;

  private final PictureStages stages;
  private final List<Double> encode = new ArrayList<>();
  private final List<Double> embed = new ArrayList<>();
  private final List<Double> loop = new ArrayList<>();
  private final List<Double> bare = new ArrayList<>();
  private final List<Double> decode = new ArrayList<>();
  private final List<Double> enlarge = new ArrayList<>();

  /**
   * Prepares to measure.
   *
   * @param stages the batch; still the caller's
   */
  StageTimes(PictureStages stages) {
    this.stages = stages;
  }

  /** Runs everything without counting it. */
  void warmUp() {
    stages.encode();
    stages.embed();
    for (int calls = 0; calls < WARM_CALLS; calls += stages.evaluations()) {
      stages.denoise();
    }
    for (int i = 0; i < WARM_CALLS; i++) {
      stages.decode();
    }
  }

  /**
   * Times each stage once. The loop and the bare calls take turns in coming first, so that a
   * machine that grows slower favours neither.
   */
  void measure() {
    encode.add(seconds(stages::encode));
    embed.add(seconds(stages::embed));
    if (stages.isEnlarged()) {
      enlarge.add(seconds(stages::enlarge));
    }
    if (embed.size() % 2 == 0) {
      bare.add(seconds(stages::predict));
      loop.add(seconds(stages::denoise));
    } else {
      loop.add(seconds(stages::denoise));
      bare.add(seconds(stages::predict));
    }
    decode.add(seconds(stages::decode));
  }

  private static double seconds(Runnable stage) {
    long start = System.nanoTime();
    stage.run();
    return (System.nanoTime() - start) / 1e9;
  }

  /** What came out. */
  Seconds seconds() {
    return new Seconds(
        Spread.of(encode),
        Spread.of(embed),
        perEvaluation(loop, shortestEmbedding()),
        perEvaluation(bare, 0),
        Spread.of(decode),
        enlarge.isEmpty() ? Optional.empty() : Optional.of(Spread.of(enlarge)));
  }

  /** The share of the loop's time outside the U-Net, one number for each repeat. */
  Spread outside() {
    double embedding = shortestEmbedding();
    return Spread.of(
        IntStream.range(0, loop.size())
            .mapToObj(i -> 1 - (embedding + bare.get(i)) / loop.get(i))
            .toList());
  }

  /** What the loop takes for it at least: one that was held up would make steps look shorter. */
  private double shortestEmbedding() {
    return Collections.min(embed);
  }

  private Spread perEvaluation(List<Double> seconds, double without) {
    return Spread.of(seconds.stream().map(all -> (all - without) / stages.evaluations()).toList());
  }
}
