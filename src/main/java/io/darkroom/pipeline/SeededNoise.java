package io.darkroom.pipeline;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.sampling.Noise;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;

/**
 * The noise of several pictures, each from its own generator, which stays on the CPU: the draws
 * equal PyTorch's {@code torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))},
 * one after another, whatever the device and whatever the picture's neighbours.
 */
final class SeededNoise implements Noise, AutoCloseable {
  private static final String GENERATORS = "generators";
  private static final String DRAW = "draw";
  private static final String DRAW_FOR = "draw_for";
  private static final String BETWEEN = "between";

  private final LoadedModule module;
  private final PictureSeeds seeds;
  private final OpenResources resources = new OpenResources();
  private final EngineValue generators;
  private final EngineValue shape;
  private final Shape drawn;
  private final EngineValue device;
  private final NDManager target;

  /**
   * Compiles what draws; once for as many pictures as there may be.
   *
   * @param parent whatever its device, the module is on the CPU
   * @return a module, which the caller closes
   */
  static LoadedModule load(NDManager parent) {
    return LoadedModule.load(
        script(), parent.newSubManager(Device.cpu()), (name, manager) -> manager.create(0));
  }

  /**
   * Seeds the generators.
   *
   * @param module from {@link #load}; still the caller's
   * @param seeds of the pictures
   * @param channels of a latent
   * @param height of a latent
   * @param width of a latent
   * @param target where the draws are to be; on its device
   */
  SeededNoise(
      LoadedModule module,
      PictureSeeds seeds,
      int channels,
      int height,
      int width,
      NDManager target) {
    this.module = module;
    this.seeds = seeds;
    this.drawn = new Shape(seeds.count(), channels, height, width);
    this.target = target;
    this.shape = resources.keep(EngineValue.ofIntegers(1, channels, height, width));
    this.device = resources.keep(EngineValue.of("cuda:" + target.getDevice().getDeviceId()));
    long[] own = seeds.own().stream().mapToLong(Long::longValue).toArray();
    try (EngineValue list = EngineValue.ofIntegers(own)) {
      this.generators = resources.keep(module.call(GENERATORS, list));
    } catch (RuntimeException | Error failure) {
      resources.closeAfter(failure);
      throw failure;
    }
  }

  private SeededNoise(SeededNoise other, long height, long width) {
    this.module = other.module;
    this.seeds = other.seeds;
    this.drawn = new Shape(other.drawn.get(0), other.drawn.get(1), height, width);
    this.target = other.target;
    this.generators = other.generators;
    this.shape = resources.keep(EngineValue.ofIntegers(1, drawn.get(1), height, width));
    this.device = resources.keep(EngineValue.of("cuda:" + target.getDevice().getDeviceId()));
  }

  /**
   * Draws of another size from the same generators, which go on where they are.
   *
   * @param height of a latent
   * @param width of a latent
   * @return the noise, to be closed before this one
   */
  SeededNoise resized(long height, long width) {
    return new SeededNoise(this, height, width);
  }

  private static Script script() {
    Script script = new Script(Precision.FLOAT32);
    script.raw(
        """
          def generators(self: __torch__.M, w: List[Tensor], seeds: List[int]) -> List[Generator]:
            result = annotate(List[Generator], [])
            for seed in seeds:
              _0 = torch.append(result, torch.Generator(device=torch.device("cpu"), seed=seed))
            return result
          def draw(self: __torch__.M, w: List[Tensor], generators: List[Generator],
              shape: List[int]) -> Tensor:
            draws = annotate(List[Tensor], [])
            for generator in generators:
              _0 = torch.append(draws, torch.randn(shape, generator=generator))
            return torch.cat(draws)
          def draw_for(self: __torch__.M, w: List[Tensor], generators: List[Generator],
              shape: List[int], device: str) -> Tensor:
            host = torch.pin_memory((self).draw(w, generators, shape, ))
            return torch.to(host, torch.device(device), 6, True)
          def between(self: __torch__.M, w: List[Tensor], low: Tensor, high: Tensor,
              strengths: List[float]) -> Tensor:
            results = annotate(List[Tensor], [])
            for i in range(len(strengths)):
              share = strengths[i]
              one = torch.slice(low, 0, i, i + 1)
              two = torch.slice(high, 0, i, i + 1)
              ones = torch.linalg_vector_norm(one, 2, [2], True)
              twos = torch.linalg_vector_norm(two, 2, [2], True)
              dot = torch.sum(torch.mul(torch.div(one, ones), torch.div(two, twos)), [2], True)
              angle = torch.acos(dot)
              sine = torch.sin(angle)
              first = torch.div(torch.sin(torch.mul(angle, 1. - share)), sine)
              second = torch.div(torch.sin(torch.mul(angle, share)), sine)
              turned = torch.add(torch.mul(first, one), torch.mul(second, two))
              mixed = torch.add(torch.mul(one, share), torch.mul(two, 1. - share))
              near = torch.gt(torch.mean(dot), 0.9995)
              if share == 0.:
                _0 = torch.append(results, one)
              else:
                _1 = torch.append(results, torch.where(near, mixed, turned))
            return torch.cat(results)
        """);
    return script;
  }

  /**
   * The shape of a draw.
   *
   * @return {@code [pictures, channels, height, width]}
   */
  Shape shape() {
    return drawn;
  }

  /**
   * Makes the next draw. On its way to a GPU it lies in pinned memory, which the copy is made from
   * behind the kernels that were started before: nothing waits for them. PyTorch keeps that memory
   * until the copy is done.
   */
  @Override
  public NDArray next() {
    return next(shape);
  }

  /**
   * Makes the next draw for something else of the latents' size.
   *
   * @param channels how many it has
   * @return {@code [pictures, channels, height, width]}
   */
  NDArray next(int channels) {
    try (EngineValue other = EngineValue.ofIntegers(1, channels, drawn.get(2), drawn.get(3))) {
      return next(other);
    }
  }

  private NDArray next(EngineValue each) {
    try (EngineValue draw =
        target.getDevice().isGpu()
            ? module.call(DRAW_FOR, generators, each, device)
            : module.call(DRAW, generators, each)) {
      return draw.tensor(target);
    }
  }

  /**
   * Makes the next draw as what a run begins with: variations are turned towards the first draw of
   * their other seeds.
   *
   * @return float32 {@code [pictures, channels, height, width]}
   */
  NDArray beginning() {
    NDArray low = next();
    if (!seeds.areVaried()) {
      return low;
    }
    int channels = (int) drawn.get(1);
    int height = (int) drawn.get(2);
    int width = (int) drawn.get(3);
    try (low;
        SeededNoise other =
            new SeededNoise(module, seeds.others(), channels, height, width, target);
        NDArray high = other.next()) {
      return between(low, high, seeds.strengths());
    }
  }

  /**
   * Turns noise towards other noise, each column of each channel by a share of the angle between
   * the two: AUTOMATIC1111's {@code slerp} in its {@code rng.py}, which takes the axis of the rows.
   * Where the two are nearly the same, it mixes them, and takes the shares the other way round.
   *
   * @param low the pictures' own draws, float32 {@code [pictures, C, h, w]}
   * @param high the other draws, of the same shape
   * @param strengths how far each is turned, 0 to 1
   * @return the shape of the draws, in the target
   */
  NDArray between(NDArray low, NDArray high, double[] strengths) {
    try (EngineValue own = EngineValue.of(low);
        EngineValue other = EngineValue.of(high);
        EngineValue shares = EngineValue.ofNumbers(strengths);
        EngineValue turned = module.call(BETWEEN, own, other, shares)) {
      return turned.tensor(target);
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
