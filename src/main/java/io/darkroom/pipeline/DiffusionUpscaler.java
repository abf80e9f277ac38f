package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.image.Resampling;
import io.darkroom.image.RgbImage;
import io.darkroom.model.Component;
import io.darkroom.model.ModelKind;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Branches;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.Choices;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Setting;
import io.darkroom.request.UpscaleRequest;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.EngineMemory;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.sampling.NoiseSchedule;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.text.PromptSyntax;
import io.darkroom.torchscript.ConvolutionPadding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Enlarges pictures with a latent diffusion model whose U-Net sees the small picture beside the
 * latents: the paper's super-resolution (Rombach et al., arXiv 2112.10752, section 4.4) and Stable
 * Diffusion's upscaler, which also is told a text and how much noise was added to the small
 * picture.
 *
 * <p>The U-Net is a convolutional network and samples larger than it was trained. For a large
 * picture it sees overlapping windows of it at each step, and its predictions are averaged (Bar-Tal
 * et al., arXiv 2302.08113), so that the memory is bounded by the window; the decoder works on
 * tiles then.
 */
public final class DiffusionUpscaler implements Upscaler {
  private static final int USUAL_NOISE_LEVEL = 20;

  /** What the U-Net's windows begin at multiples of, as far as the picture's sides are such. */
  private static final int WINDOW_GRID = 8;

  /** In latents: the windows are as large as the pictures of the training. */
  private static final Tiling WINDOWS = new Tiling(128, new TiledSide.Overlap(16, 16));

  /** In latents, which become 1024 pixels. */
  private static final Tiling DECODED = new Tiling(256, new TiledSide.Overlap(32, 16));

  private final ModelConfigs configs;
  private final ModelKind.Enlarging enlarging;
  private final Compute compute;
  private final RequestChecks checks;
  private final ModelNetworks networks;
  private final Optional<NoiseSchedule> noising;
  private final Tiling windows;
  private final Tiling decoded;

  private DiffusionUpscaler(
      ModelConfigs configs,
      Compute compute,
      ModelNetworks networks,
      Tiling windows,
      Tiling decoded) {
    this.configs = configs;
    this.enlarging = configs.source().kind().enlarging().orElseThrow();
    this.compute = compute;
    this.checks = new RequestChecks(configs, Optional.empty());
    this.networks = networks;
    this.noising = enlarging.noising().map(component -> schedule(configs.source(), component));
    this.windows = windows;
    this.decoded = decoded;
  }

  private static NoiseSchedule schedule(ModelSource source, Component component) {
    JsonConfig settings = source.settings(component);
    return NoiseSchedule.of(SchedulerConfig.parse(settings.json(), settings.source()));
  }

  /**
   * Loads a model.
   *
   * @param source the model, of a kind that enlarges pictures
   * @param options where and in which precision to run it
   * @return the upscaler; the caller closes it
   * @throws ModelException if the model is malformed or not supported
   * @throws InvalidRequestException if this machine has no such device
   * @throws io.darkroom.runtime.OutOfMemoryException if the weights do not fit
   */
  public static DiffusionUpscaler open(ModelSource source, ComputeOptions options) {
    return open(source, options, WINDOWS, DECODED, MemoryGauge.MACHINE);
  }

  static DiffusionUpscaler open(
      ModelSource source,
      ComputeOptions options,
      Tiling windows,
      Tiling decoded,
      MemoryGauge gauge) {
    Compute compute = Compute.choose(options.device(), options.dtype());
    OpenResources resources = new OpenResources();
    try {
      ModelConfigs configs = ModelConfigs.read(source);
      ModelNetworks networks =
          new ModelNetworks(
              configs,
              Optional.empty(),
              new ModelIdentity(source),
              options,
              compute,
              gauge,
              resources);
      return new DiffusionUpscaler(configs, compute, networks, windows, decoded);
    } catch (EngineException e) {
      resources.closeAfter(e);
      throw EngineMemory.explained(e, DiffusionPipeline.WEIGHTS);
    } catch (RuntimeException | Error e) {
      resources.closeAfter(e);
      throw e;
    }
  }

  @Override
  public int factor() {
    return configs.autoencoder().vaeScaleFactor();
  }

  @Override
  public String name() {
    return configs.source().name();
  }

  @Override
  public String hash() {
    return configs.source().hash();
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
  public List<String> warnings() {
    List<String> warnings = new ArrayList<>(configs.source().warnings());
    configs.replacedScheduler().ifPresent(warnings::add);
    warnings.addAll(networks.warnings());
    return warnings;
  }

  // ---------------------------------------------------------------- what is asked

  @Override
  public void check(UpscaleRequest request) {
    if (!readsTexts()
        && (!request.prompt().isEmpty()
            || request.choices().get(Setting.NEGATIVE_PROMPT).isPresent()
            || request.choices().get(Setting.GUIDANCE_SCALE).isPresent())) {
      throw new InvalidRequestException(
          name() + " reads no text; leave prompt, negative prompt and guidance scale out");
    }
    if (noising.isEmpty() && request.noiseLevel().isPresent()) {
      throw new InvalidRequestException(
          name() + " adds no noise to the picture; leave the noise level out");
    }
    int level = noiseLevel(request);
    int most = configs.source().mostNoise();
    if (level < 0 || level > most) {
      throw new InvalidRequestException(
          "the noise level must be 0 to %d for %s, not %d".formatted(most, name(), level));
    }
    ImageRequest window = window(request, enlarging.multiple(), enlarging.multiple());
    if (readsTexts()) {
      networks.promptEncoder().check(window);
    }
    checks.firstPass(window).close();
  }

  private boolean readsTexts() {
    return !configs.textParts().isEmpty();
  }

  private static int noiseLevel(UpscaleRequest request) {
    return request.noiseLevel().orElse(USUAL_NOISE_LEVEL);
  }

  /** The request for one window, as the other parts know requests. */
  private ImageRequest window(UpscaleRequest request, int width, int height) {
    Choices choices = request.choices();
    PictureSettings settings =
        choices
            .settings(configs.defaults())
            .with(Setting.WIDTH, width * factor())
            .with(Setting.HEIGHT, height * factor());
    // Two branches that hear the same give the same.
    boolean isSame = request.prompt().equals(choices.get(Setting.NEGATIVE_PROMPT).orElse(""));
    return new ImageRequest(
        request.prompt(),
        choices.get(Setting.NEGATIVE_PROMPT),
        choices.get(Setting.PROMPT_SYNTAX).orElse(PromptSyntax.WEIGHTED),
        request.seed(),
        isSame ? settings.with(Setting.GUIDANCE_SCALE, 1.0) : settings);
  }

  @Override
  public Map<String, JsonPrimitive> details(UpscaleRequest request) {
    PictureSettings settings = request.choices().settings(configs.defaults());
    Map<String, JsonPrimitive> details = new LinkedHashMap<>();
    if (readsTexts()) {
      details.put("prompt", new JsonPrimitive(request.prompt()));
      details.put(
          Setting.NEGATIVE_PROMPT.key(),
          new JsonPrimitive(request.choices().get(Setting.NEGATIVE_PROMPT).orElse("")));
    }
    details.put("seed", new JsonPrimitive(request.seed()));
    if (noising.isPresent()) {
      details.put("noise_level", new JsonPrimitive(noiseLevel(request)));
    }
    List<Setting<?>> told = new ArrayList<>(List.of(Setting.STEPS, Setting.SAMPLER));
    if (readsTexts()) {
      told.add(Setting.GUIDANCE_SCALE);
    }
    told.addAll(List.of(Setting.SCHEDULE, Setting.ETA));
    for (Setting<?> setting : told) {
      if (!settings.goesWithoutSaying(setting)) {
        settings.written(setting).ifPresent(value -> details.put(setting.key(), value));
      }
    }
    return details;
  }

  // ---------------------------------------------------------------- what is done

  @Override
  public RgbImage upscale(RgbImage picture, UpscaleRequest request, PipelineListener listener) {
    check(request);
    RgbImage small = fitted(picture);
    PictureUpscaler.requireHoldable(small, factor());
    int grid = Math.min(WINDOW_GRID, enlarging.multiple());
    TiledSide columns = windows.side(small.width(), grid);
    TiledSide rows = windows.side(small.height(), grid);
    ImageRequest window = window(request, columns.tile(), rows.tile());
    MemoryPlan memory = networks.memory();
    memory.requireRoom(window.settings(), listener::onWarning);
    networks.useThreadsFor(window.settings());
    try (NDManager scratch = networks.newScratch();
        DenoisingPass pass = checks.firstPass(window)) {
      UNetConditioning conditioning = conditioning(window, request, listener, scratch);
      memory.makeRoomForDenoising(window.settings(), 1, listener::onWarning);
      Work work =
          new Work(
              pass,
              conditioning,
              columns,
              rows,
              decoded.side(small.width(), 1),
              decoded.side(small.height(), 1),
              listener,
              scratch);
      NDArray latents = denoised(small, request, work);
      memory.makeRoomForDecoding(
          window(request, work.decodedColumns().tile(), work.decodedRows().tile()).settings(),
          listener::onWarning);
      return decoded(latents, work);
    } catch (EngineException e) {
      throw EngineMemory.explained(e, memory.tooMuch(window.settings(), 1));
    }
  }

  /**
   * Makes a picture a little smaller where the model wants it, as diffusers does: not by a crop.
   */
  private RgbImage fitted(RgbImage picture) {
    int multiple = enlarging.multiple();
    if (picture.width() < multiple || picture.height() < multiple) {
      throw new InvalidRequestException(
          "a picture of %dx%d is too small for %s, which takes %dx%d or more"
              .formatted(picture.width(), picture.height(), name(), multiple, multiple));
    }
    Resampling resampling =
        switch (enlarging.resizing()) {
          case BICUBIC -> Resampling.BICUBIC;
          case LANCZOS -> Resampling.LANCZOS;
        };
    return resampling.resize(
        picture, picture.width() / multiple * multiple, picture.height() / multiple * multiple);
  }

  private UNetConditioning conditioning(
      ImageRequest window, UpscaleRequest request, PipelineListener listener, NDManager scratch) {
    if (!readsTexts()) {
      return new UNetConditioning(
          Branches.PROMPT, scratch.zeros(new Shape(1, 1, 1)), Optional.empty());
    }
    UNetConditioning texts =
        networks.promptEncoder().embed(List.of(window), listener::onWarning, scratch);
    return noising.isPresent() ? texts.withClass(noiseLevel(request)) : texts;
  }

  /**
   * What a picture's way from noise to pixels needs.
   *
   * @param pass the sampler and what it does when
   * @param conditioning what the U-Net hears
   * @param columns the U-Net's windows across
   * @param rows the U-Net's windows down
   * @param decodedColumns the decoder's tiles across
   * @param decodedRows the decoder's tiles down
   * @param listener hears of each step and each tile
   * @param scratch owns what is made
   */
  private record Work(
      DenoisingPass pass,
      UNetConditioning conditioning,
      TiledSide columns,
      TiledSide rows,
      TiledSide decodedColumns,
      TiledSide decodedRows,
      PipelineListener listener,
      NDManager scratch) {
    int decodedTiles() {
      return decodedColumns.count() * decodedRows.count();
    }

    /** A single tile is no work of its own. */
    int steps() {
      return pass.sampler().evaluations() + (decodedTiles() == 1 ? 0 : decodedTiles());
    }
  }

  /**
   * The draws are in diffusers' order: noise for the small picture, if there is any, the latents.
   */
  private NDArray denoised(RgbImage small, UpscaleRequest request, Work work) {
    UNetConfig unet = configs.unet();
    Sampler sampler = work.pass().sampler();
    NDManager scratch = work.scratch();
    try (SeededNoise noise =
            networks.noise(
                new long[] {request.seed()},
                configs.autoencoder().latentChannels(),
                small.height(),
                small.width(),
                scratch);
        UNetRun run =
            new UNetRun(
                networks.denoiser().unet(),
                unet,
                work.pass().plan(unet),
                ConvolutionPadding.ZEROS,
                work.pass().settings().guidance(),
                sampler,
                new Shape(1, unet.latentChannels(), work.rows().tile(), work.columns().tile()),
                work.conditioning(),
                scratch);
        NDArray seen = seen(small, request, noise, scratch)) {
      NDArray latents = noise.next();
      if (sampler.initialNoiseSigma() != 1) {
        latents = latents.mul((float) sampler.initialNoiseSigma());
      }
      FadingWindows parts = new FadingWindows(work.columns(), work.rows(), scratch);
      int evaluations = sampler.evaluations();
      for (int i = 0; i < evaluations; i++) {
        int evaluation = i;
        try (NDManager step = scratch.newSubManager()) {
          NDArray prediction =
              parts.averaged(
                  List.of(latents, seen),
                  window ->
                      run.predict(window.get(0), Optional.of(window.get(1)), evaluation, step),
                  step);
          NDArray next = sampler.step(i, prediction, latents, noise);
          latents.close();
          latents = next;
        }
        work.listener().onStep(i + 1, work.steps());
      }
      return latents;
    }
  }

  /** The small picture as the U-Net sees it. */
  private NDArray seen(
      RgbImage small, UpscaleRequest request, SeededNoise noise, NDManager scratch) {
    NDArray image = LatentEncoder.input(small, scratch);
    if (noising.isEmpty()) {
      return image;
    }
    double kept = noising.get().alphaCumprod(noiseLevel(request));
    try (image;
        NDArray drawn = noise.next(ModelKind.Enlarging.PICTURE_CHANNELS);
        NDArray weakened = image.mul((float) Math.sqrt(kept));
        NDArray scaled = drawn.mul((float) Math.sqrt(1 - kept))) {
      return weakened.add(scaled);
    }
  }

  private RgbImage decoded(NDArray latents, Work work) {
    LatentDecoder decoder = networks.decoder();
    if (work.decodedTiles() == 1) {
      return decoder.decode(latents, ConvolutionPadding.ZEROS, work.listener()).get(0);
    }
    TiledSide columns = work.decodedColumns();
    TiledSide rows = work.decodedRows();
    TiledPicture picture = new TiledPicture(columns, rows, factor());
    for (int i = 0; i < work.decodedTiles(); i++) {
      int column = i % columns.count();
      int row = i / columns.count();
      try (NDArray tile = latents.get(FadingWindows.index(columns, rows, column, row))) {
        picture.add(
            column, row, decoder.decode(tile, ConvolutionPadding.ZEROS, work.listener()).get(0));
      }
      work.listener().onStep(work.pass().sampler().evaluations() + i + 1, work.steps());
    }
    return picture.picture(columns.length() * factor(), rows.length() * factor());
  }

  @Override
  public void close() {
    networks.close();
  }
}
