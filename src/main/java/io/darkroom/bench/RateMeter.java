package io.darkroom.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;

/**
 * Measures what a device does at best: a large matrix product and a large convolution, written as
 * the networks write theirs, and work on large memory. The fastest of several runs counts.
 */
final class RateMeter {
  private static final String CONVERT = "convert";
  private static final String CONVERT_IMAGE = "convert_image";
  private static final String PRODUCT = "product";
  private static final String CONVOLUTION = "convolution";
  private static final String COPY = "copy";
  private static final String SUM = "sum";
  private static final int KERNEL = 3;

  /** Below this a clock's grain and the way to the device would be measured, too. */
  private static final double SHORTEST_RUN = 0.02;

  private static final int FEWEST_RUNS = 2;

  private final NDManager manager;
  private final Effort effort;

  /**
   * How large the work is.
   *
   * @param side of the matrices
   * @param pictures in the convolution
   * @param channels of the convolution, in and out
   * @param pixels the side of its images
   * @param floats how many numbers are copied and added up
   * @param seconds how long each rate is measured
   */
  record Effort(int side, int pictures, int channels, int pixels, int floats, double seconds) {
    /** Enough for a processor's cores. */
    static final Effort PROCESSOR = new Effort(2048, 2, 320, 64, 64 << 20, 0.3);

    /** Enough for a GPU. */
    static final Effort GPU = new Effort(8192, 16, 640, 64, 256 << 20, 0.3);
  }

  /**
   * Prepares to measure.
   *
   * @param manager whose device to measure
   * @param effort how large the work is
   */
  RateMeter(NDManager manager, Effort effort) {
    this.manager = manager;
    this.effort = effort;
  }

  /**
   * Measures.
   *
   * @param format of the arithmetic
   * @return the rates
   */
  DeviceRates measure(Precision.Format format) {
    return new DeviceRates(matrixProducts(format), convolutions(format), bytes());
  }

  private double matrixProducts(Precision.Format format) {
    Script script = script(format);
    Method product = script.method(PRODUCT);
    product.returns(
        product.tensor("x", effort.side()).linearWithoutBias(newWeights(), effort.side()));
    double operations = 2 * Math.pow(effort.side(), 3);
    Shape shape = new Shape(effort.side(), effort.side());
    return operations / fastestCall(script, PRODUCT, shape, CONVERT, shape);
  }

  private double convolutions(Precision.Format format) {
    Script script = script(format);
    int channels = effort.channels();
    Method convolution = script.method(CONVOLUTION);
    convolution.returns(
        convolution.tensor("x", channels).conv2dWithoutBias(newWeights(), channels, KERNEL));
    double pixels = (double) effort.pictures() * effort.pixels() * effort.pixels();
    double operations = 2 * pixels * channels * channels * KERNEL * KERNEL;
    Shape kernels = new Shape(channels, channels, KERNEL, KERNEL);
    Shape images = new Shape(effort.pictures(), channels, effort.pixels(), effort.pixels());
    return operations / fastestCall(script, CONVOLUTION, kernels, CONVERT_IMAGE, images);
  }

  private static Weights newWeights() {
    return WeightCatalog.ofNewModel().root();
  }

  /** A module that makes its argument, once, what the networks would hand on. */
  private static Script script(Precision.Format format) {
    Script script = new Script(Precision.of(format));
    Method convert = script.method(CONVERT);
    Tensor matrix = convert.tensor("x", 1);
    convert.returns(matrix.copiedTo(format));
    Method image = script.method(CONVERT_IMAGE);
    image.returns(image.tensor("x", 1).copiedChannelsLastTo(format));
    return script;
  }

  private double fastestCall(
      Script script, String method, Shape weight, String conversion, Shape input) {
    try (NDManager scratch = manager.newSubManager();
        LoadedModule module =
            LoadedModule.load(script, scratch, (name, own) -> own.randomNormal(weight));
        EngineValue plain = EngineValue.of(scratch.randomNormal(input));
        EngineValue argument = module.call(conversion, plain)) {
      return fastest(() -> module.call(method, argument).close());
    }
  }

  /** Copying and adding up; reading alone is often faster, and weights are only read. */
  private double bytes() {
    Script script = new Script(Precision.FLOAT32);
    script.raw(
        """
          def copy(self: __torch__.M, w: List[Tensor], x: Tensor, y: Tensor) -> Tensor:
            return torch.copy_(y, x)
          def sum(self: __torch__.M, w: List[Tensor], x: Tensor) -> Tensor:
            return torch.sum(x)
        """);
    double size = (double) effort.floats() * Float.BYTES;
    try (NDManager scratch = manager.newSubManager();
        LoadedModule module = LoadedModule.load(script, scratch, (name, own) -> own.create(0));
        EngineValue x = EngineValue.of(scratch.ones(new Shape(effort.floats())));
        EngineValue y = EngineValue.of(scratch.zeros(new Shape(effort.floats())))) {
      double copying = 2 * size / fastest(() -> module.call(COPY, x, y).close());
      double reading = size / fastest(() -> module.call(SUM, x).close());
      return Math.max(copying, reading);
    }
  }

  /** Seconds that a call takes at best. Calls are many before a wait, where one is short. */
  private double fastest(Runnable call) {
    seconds(call, 1);
    double first = seconds(call, 1);
    int calls = (int) Math.max(1, Math.ceil(SHORTEST_RUN / first));
    double best = first;
    double spent = 0;
    for (int run = 0; run < FEWEST_RUNS || spent < effort.seconds(); run++) {
      double seconds = seconds(call, calls);
      spent += seconds;
      best = Math.min(best, seconds / calls);
    }
    return best;
  }

  private double seconds(Runnable call, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      call.run();
    }
    try (NDArray last = manager.ones(new Shape(1))) {
      last.getFloat(); // reading a number back waits for all that was asked for before it
    }
    return (System.nanoTime() - start) / 1e9;
  }
}
