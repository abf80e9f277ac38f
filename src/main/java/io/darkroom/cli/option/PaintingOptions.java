package io.darkroom.cli.option;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** What every command takes that paints. An option that all of them have is declared here. */
@Command
public final class PaintingOptions {
  @Mixin private final ModelOption model = new ModelOption();
  @Mixin private final LoraOption lora = new LoraOption();
  @Mixin private final SamplingOptions sampling = new SamplingOptions();
  @Mixin private final SeriesOptions series = new SeriesOptions();
  @Mixin private final ComputeOption compute = new ComputeOption();
  @Mixin private final ThreadsOption threads = new ThreadsOption();
  @Mixin private final SpeechOption speech = new SpeechOption();
  @Mixin private final HelpOption help = new HelpOption();

  /** {@return which model paints} */
  public ModelOption model() {
    return model;
  }

  /** {@return which LoRAs are merged into it} */
  public LoraOption lora() {
    return lora;
  }

  /** {@return what shapes a picture} */
  public SamplingOptions sampling() {
    return sampling;
  }

  /** {@return how many pictures, from which seeds} */
  public SeriesOptions series() {
    return series;
  }

  /** {@return where and in which precision} */
  public ComputeOption compute() {
    return compute;
  }

  /** {@return how many threads of the processor compute} */
  public ThreadsOption threads() {
    return threads;
  }

  /** {@return how much is said meanwhile} */
  public SpeechOption speech() {
    return speech;
  }
}
