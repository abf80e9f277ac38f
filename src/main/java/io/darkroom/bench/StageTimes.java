package io.darkroom.bench;

import io.darkroom.bench.BenchmarkReport.Seconds;
import io.darkroom.pipeline.PictureStages;
import java.util.ArrayList;
import java.util.List;

/** Times the stages of one batch, again and again. */
final class StageTimes {
  /** Until a method has run twice, its executor still rewrites it for what it is called with. */
  private static final int WARM_CALLS = 2;

  private final PictureStages stages;
  private final List<Double> encode = new ArrayList<>();
  private final List<Double> embed = new ArrayList<>();
  private final List<Double> step = new ArrayList<>();
  private final List<Double> bareStep = new ArrayList<>();
  private final List<Double> decode = new ArrayList<>();
  private final List<Double> outside = new ArrayList<>();

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
    double embedding = seconds(stages::embed);
    boolean loopFirst = embed.size() % 2 == 0;
    double loop = loopFirst ? seconds(stages::denoise) : 0;
    double bare = seconds(stages::predict);
    if (!loopFirst) {
      loop = seconds(stages::denoise);
    }
    embed.add(embedding);
    step.add((loop - embedding) / stages.evaluations());
    bareStep.add(bare / stages.evaluations());
    outside.add(1 - (embedding + bare) / loop);
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
        Spread.of(step),
        Spread.of(bareStep),
        Spread.of(decode));
  }

  /** The share of the loop's time outside the U-Net, one number for each repeat. */
  Spread outside() {
    return Spread.of(outside);
  }
}
