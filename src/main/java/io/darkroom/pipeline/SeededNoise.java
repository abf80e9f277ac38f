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

  private final LoadedModule module;
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
   * @param seeds one for each picture, 0 to 2^32 - 1
   * @param channels of a latent
   * @param height of a latent
   * @param width of a latent
   * @param target where the draws are to be; on its device
   */
  SeededNoise(
      LoadedModule module, long[] seeds, int channels, int height, int width, NDManager target) {
    this.module = module;
    this.drawn = new Shape(seeds.length, channels, height, width);
    this.target = target;
    this.shape = resources.keep(EngineValue.ofIntegers(1, channels, height, width));
    this.device = resources.keep(EngineValue.of("cuda:" + target.getDevice().getDeviceId()));
    try (EngineValue list = EngineValue.ofIntegers(seeds)) {
      this.generators = resources.keep(module.call(GENERATORS, list));
    } catch (RuntimeException | Error failure) {
      resources.closeAfter(failure);
      throw failure;
    }
  }

  private SeededNoise(SeededNoise other, long height, long width) {
    this.module = other.module;
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

  @Override
  public void close() {
    resources.close();
  }
}
