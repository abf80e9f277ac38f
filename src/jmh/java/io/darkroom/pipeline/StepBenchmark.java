package io.darkroom.pipeline;

import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.UNetModule;
import io.darkroom.model.Component;
import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.lora.Adapters;
import io.darkroom.network.Branches;
import io.darkroom.network.StepVariant;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A pass of a U-Net with guidance. On the tiny model and the smallest latents next to nothing is
 * computed: what is left is the way from Java through the interpreter to some hundred kernels.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class StepBenchmark {
  /** A model of one text encoder. */
  @Param({"src/test/resources/models/tiny-sd1", "models/scenes"})
  public String model;

  /** Rows and columns of the latents. */
  @Param({"8", "16"})
  public int side;

  private NDManager manager;
  private UNetModule unet;
  private StepVariant variant;
  private EngineValue[] arguments;

  /** Loads the U-Net and computes what does not depend on the latents. */
  @Setup
  public void load() {
    manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    ModelSource source = ModelFiles.of(Path.of(model)).open();
    UNetConfig config = UNetConfig.parse(source.settings(Component.UNET));
    unet =
        new NetworkLoader(source, Adapters.none(), manager).unet(config, Precision.FLOAT32).load();
    NDArray latents = manager.ones(new Shape(1, config.inChannels(), side, side));
    NDArray text = manager.ones(new Shape(2, 77, config.contextWidth()));
    NDArray timesteps = manager.create(new float[] {500});
    LoadedModule conditioning = unet.conditioning();
    variant = StepVariant.plain(Branches.NEGATIVE_AND_PROMPT, config);
    // In the order of its inputs.
    arguments =
        new EngineValue[] {
          EngineValue.of(latents),
          conditioning.call(UNet.EMBED_TIMES, List.of(timesteps)),
          EngineValue.of(0L),
          conditioning.call(UNet.EMBED_CONTEXT, List.of(text)),
          EngineValue.ofNumbers(1),
          EngineValue.of(7.5),
          EngineValue.of(0.0)
        };
  }

  /** Frees all. */
  @TearDown
  public void close() {
    for (EngineValue argument : arguments) {
      argument.close();
    }
    unet.close();
    manager.close();
  }

  /** One pass. */
  @Benchmark
  public Object step() {
    try (EngineValue result = unet.step(variant, AttentionForms.NONE).call(variant.methodName(), arguments);
        NDArray prediction = result.tensor(manager)) {
      return prediction;
    }
  }
}
