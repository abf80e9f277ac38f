package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.OpenResources;
import io.darkroom.image.RgbImage;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.EsrganFile;
import io.darkroom.network.Esrgan;
import io.darkroom.network.EsrganConfig;
import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.UpscaleRequest;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.CpuThreads;
import io.darkroom.runtime.EngineMemory;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Enlarges pictures with an ESRGAN network, tile by tile: whatever the picture's size, the network
 * needs no more memory than for one tile. Tiles see some pixels of their neighbours and fade into
 * each other. For one thread.
 */
public final class PictureUpscaler implements Upscaler {
  /**
   * The tiles, in pixels of the picture that goes in. Real networks could see hundreds of a tile's
   * neighbours, but what is farther away than a few dozen hardly changes a pixel.
   */
  private static final Tiling TILING = new Tiling(256, new TiledSide.Overlap(24, 8));

  private static final int SMALLEST_TILE = 128;

  private static final PipelineListener SILENT =
      new PipelineListener() {
        @Override
        public void onStep(int step, int steps) {}

        @Override
        public void onWarning(String message) {}
      };

  private final EsrganFile file;
  private final Tiling tiling;
  private final EsrganConfig config;
  private final Compute compute;
  private final CpuThreads threads;
  private final MemoryGauge gauge;
  private final NDManager manager;
  private final OpenResources resources;
  private final LoadedModule network;
  private Optional<LoadedModule> inFloat32 = Optional.empty();

  private PictureUpscaler(
      EsrganFile file,
      ComputeOptions options,
      Tiling tiling,
      MemoryGauge gauge,
      OpenResources resources) {
    this.file = file;
    this.tiling = tiling;
    this.gauge = gauge;
    this.resources = resources;
    this.compute = Compute.choose(options.device(), options.dtype());
    this.threads = CpuThreads.of(options.threads());
    this.manager = resources.keep(NDManager.newBaseManager(compute.device(), "PyTorch"));
    this.config = config(file);
    this.network = resources.keep(load(compute.precision()));
  }

  /**
   * Loads an upscaler.
   *
   * @param file an ESRGAN network's, by PyTorch or in safetensors
   * @param options where and in which precision to run it
   * @return the upscaler; the caller closes it
   * @throws io.darkroom.base.ModelException if the file is missing, malformed, or of another kind,
   *     which the message names
   * @throws InvalidRequestException if this machine has no such device
   * @throws io.darkroom.runtime.OutOfMemoryException if the weights do not fit
   */
  public static PictureUpscaler open(Path file, ComputeOptions options) {
    return open(file, options, TILING, MemoryGauge.MACHINE);
  }

  static PictureUpscaler open(Path file, ComputeOptions options, Tiling tiling, MemoryGauge gauge) {
    EsrganFile known = EsrganFile.open(file);
    OpenResources resources = new OpenResources();
    try {
      return new PictureUpscaler(known, options, tiling, gauge, resources);
    } catch (EngineException e) {
      resources.closeAfter(e);
      throw EngineMemory.explained(e, "the upscaler's weights; try --dtype fp16 or bf16");
    } catch (RuntimeException | Error e) {
      resources.closeAfter(e);
      throw e;
    }
  }

  /** The sizes that a file tells. */
  static EsrganConfig config(EsrganFile file) {
    try (ComponentWeights weights = file.weights()) {
      return EsrganConfig.of(weights.source(), weights.shapes());
    }
  }

  private LoadedModule load(Precision precision) {
    try (ComponentWeights weights = file.weights()) {
      WeightCatalog catalog = WeightCatalog.of(weights.source(), weights.shapes());
      Script script = new Script(precision);
      new Esrgan(config).writeTo(catalog.root(), script);
      catalog.requireAllUsed(name -> false);
      return LoadedModule.load(script, manager, weights::lend);
    }
  }

  @Override
  public int factor() {
    return config.factor();
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public String hash() {
    return file.hash();
  }

  @Override
  public String device() {
    return compute.deviceName();
  }

  @Override
  public String dtype() {
    return compute.dtype();
  }

  @Override
  public void check(UpscaleRequest request) {
    boolean isPlain =
        request.prompt().isEmpty()
            && request.noiseLevel().isEmpty()
            && request.choices().equals(Choices.NONE);
    if (!isPlain) {
      throw new InvalidRequestException(
          name()
              + " is an ESRGAN network, which works in one pass; leave prompt, guidance, steps,"
              + " sampler and noise level out");
    }
  }

  @Override
  public Map<String, JsonPrimitive> details(UpscaleRequest request) {
    return Map.of();
  }

  @Override
  public RgbImage upscale(RgbImage picture, UpscaleRequest request, PipelineListener listener) {
    check(request);
    return upscale(picture, listener);
  }

  /**
   * Enlarges a picture.
   *
   * @param picture any picture
   * @return the picture, {@link #factor} times as wide and as high
   * @throws InvalidRequestException if that would be too large for a picture
   * @throws io.darkroom.runtime.OutOfMemoryException if the memory does not suffice for a tile
   * @throws BrokenPictureException if the network gives something other than numbers
   */
  public RgbImage upscale(RgbImage picture) {
    return upscale(picture, SILENT);
  }

  /**
   * Enlarges a picture and tells of each tile.
   *
   * @param picture any picture
   * @param listener hears of each tile as of a step, and may end the work by an exception
   * @return as {@link #upscale(RgbImage)}
   */
  public RgbImage upscale(RgbImage picture, PipelineListener listener) {
    requireHoldable(picture, factor());
    Tiling fitting = tiling(listener);
    TiledSide columns = side(picture.width(), fitting);
    TiledSide rows = side(picture.height(), fitting);
    threads.useFor(2L * 3 * 3 * config.features() * config.growth() * columns.tile() * rows.tile());
    TiledPicture enlarged = new TiledPicture(columns, rows, factor());
    int tiles = columns.count() * rows.count();
    for (int i = 0; i < tiles; i++) {
      int column = i % columns.count();
      int row = i / columns.count();
      Tile tile =
          new Tile(
              rows.starts().get(row), columns.starts().get(column), rows.tile(), columns.tile());
      enlarged.add(column, row, enlarged(tile.of(picture), tile, listener));
      listener.onStep(i + 1, tiles);
    }
    return enlarged.picture(picture.width() * factor(), picture.height() * factor());
  }

  /**
   * Refuses a result that no picture can hold.
   *
   * @param picture what is enlarged
   * @param factor of each side
   * @throws InvalidRequestException if it is too large; it says which would do
   */
  static void requireHoldable(RgbImage picture, int factor) {
    long width = (long) picture.width() * factor;
    long height = (long) picture.height() * factor;
    long most = (Integer.MAX_VALUE - 8) / 3;
    if (width * height > most) {
      throw new InvalidRequestException(
          "a picture of %dx%d would become %dx%d, which is too large; at most %d million pixels can be made of it"
              .formatted(
                  picture.width(),
                  picture.height(),
                  width,
                  height,
                  most / factor / factor / 1_000_000));
    }
  }

  private TiledSide side(int length, Tiling fitting) {
    int grid = config.unshuffle();
    return fitting.side((length + grid - 1) / grid * grid, grid);
  }

  /** A smaller tile where memory is short: what it costs is time. */
  private Tiling tiling(PipelineListener listener) {
    int side = tiling.longest();
    OptionalLong free = gauge.freeFor(compute.device(), 2 * bytes(side));
    while (free.isPresent() && side > SMALLEST_TILE && free.getAsLong() < 2 * bytes(side)) {
      side /= 2;
    }
    if (side < tiling.longest()) {
      listener.onDetail("memory is short: the tiles have %dx%d pixels".formatted(side, side));
    }
    return tiling.atMost(side);
  }

  /**
   * What a tile takes at the worst moments: a dense block's last convolution has all features
   * before it side by side, and their copy; the last convolutions have the enlarged features,
   * thrice.
   */
  private long bytes(int side) {
    int dense = 2 * (config.features() + (4 * config.growth())) + config.features();
    long cells = (long) side * side / config.unshuffle() / config.unshuffle();
    long enlarged = (3L * config.features()) << (2 * config.doublings());
    int width = compute.precision().compute() == Precision.Format.FLOAT32 ? 4 : 2;
    return cells * Math.max(2L * dense, enlarged) * width;
  }

  private float[] enlarged(float[] values, Tile tile, PipelineListener listener) {
    try (NDManager scratch = manager.newSubManager()) {
      NDArray image = scratch.create(values, new Shape(1, 3, tile.height(), tile.width()));
      LoadedModule first = inFloat32.orElse(network);
      Optional<float[]> result = enlarged(first, image);
      if (result.isEmpty() && first == network && !compute.precision().equals(Precision.FLOAT32)) {
        listener.onWarning(
            "the upscaler overflowed in " + compute.dtype() + "; it goes on in fp32");
        inFloat32 = Optional.of(resources.keep(load(Precision.FLOAT32)));
        result = enlarged(inFloat32.get(), image);
      }
      return result.orElseThrow(
          () ->
              new BrokenPictureException(
                  "the picture came out as NaN (not a number); the upscaler's weights are"
                      + " damaged: download the file again"));
    } catch (EngineException e) {
      throw EngineMemory.explained(
          e,
          "a tile of %dx%d pixels; try --dtype fp16 or --device cpu"
              .formatted(tile.width(), tile.height()));
    }
  }

  private static Optional<float[]> enlarged(LoadedModule module, NDArray image) {
    List<NDArray> results = module.callForTensors(Esrgan.ENLARGE, image);
    return results.get(1).getBoolean()
        ? Optional.of(results.get(0).toFloatArray())
        : Optional.empty();
  }

  /** A part of a picture. */
  private record Tile(int top, int left, int height, int width) {
    /**
     * Takes the part out; beyond the picture's end it is mirrored, as Real-ESRGAN's own program
     * does it.
     *
     * @return black 0 and white 1, {@code [3, height, width]}
     */
    float[] of(RgbImage picture) {
      float[] values = new float[3 * height * width];
      for (int y = 0; y < height; y++) {
        int row = within(top + y, picture.height());
        for (int x = 0; x < width; x++) {
          int place = 3 * (row * picture.width() + within(left + x, picture.width()));
          for (int channel = 0; channel < 3; channel++) {
            values[(channel * height + y) * width + x] =
                (picture.rgb()[place + channel] & 0xFF) / 255f;
          }
        }
      }
      return values;
    }

    private static int within(int place, int length) {
      return place < length ? place : Math.max(0, 2 * (length - 1) - place);
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
