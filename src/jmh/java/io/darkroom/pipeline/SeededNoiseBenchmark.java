package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.torchscript.LoadedModule;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The noise of a picture of 512x512. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SeededNoiseBenchmark {
  private NDManager manager;
  private LoadedModule module;
  private SeededNoise noise;

  /** Seeds a generator. */
  @Setup
  public void open() {
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    module = SeededNoise.load(manager);
    noise = new SeededNoise(module, PictureSeeds.of(42), 4, 64, 64, manager);
  }

  /** Frees it. */
  @TearDown
  public void close() {
    noise.close();
    module.close();
    manager.close();
  }

  /** One draw, [1, 4, 64, 64]. */
  @Benchmark
  public Object draw() {
    try (NDArray draw = noise.next()) {
      return draw;
    }
  }
}
